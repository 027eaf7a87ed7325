#!/bin/sh
# Second stage of the guest, on the host's own files: kernel trees, udev, USB drivers, then the agent. $1: the project's folder.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_IGNORE_CHROOT=1 HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /run
mount -t devpts devpts /dev/pts
mount -t tmpfs run /run
mkdir /run/work
mkdir -p /lib/modules
for option in $(cat /proc/cmdline); do case $option in
  modules=*) mount --bind "${option#modules=}/lib/modules" /lib/modules ;;
esac; done
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none work /run/work
# SQLite cannot lock and map files on 9p: the station's own files are in the guest's memory.
mkdir /run/logs
cp -r /run/work/logs/demo /run/logs/
mount --bind /run/logs /run/work/logs
modprobe -a virtio_console usbserial cdc_acm
/lib/systemd/systemd-udevd --daemon
"$1/src/launch/linux/install.sh" > /run/install.log 2>&1 || cat /run/install.log
modprobe -a xhci_pci
udevadm settle --timeout=30
echo "USB-BENCH udev ready"
cd "$1"
NODE_COMPILE_CACHE="$1/node_modules/.cache/flashrack-usb/compiled" UV_THREADPOOL_SIZE=64 node_modules/.bin/node test/usb/guest/agent.ts
echo "USB-BENCH-RESULT agent ended"
echo o > /proc/sysrq-trigger
