#!/bin/sh
# Sets this PC up as a station: udev rules, missing driver ids, the service unit. `sudo src/launch/linux/install.sh [USER]`.
# USER (default: who called sudo) gets the group of the serial paths. Running it again changes nothing more.
# With --rules-only it ends after the rules: `flashrack doctor --write-udev`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
user=${1:-${SUDO_USER:-}}

[ "$(id -u)" -eq 0 ] || { echo "run it as root: sudo $0" >&2; exit 2; }

install -D -m 755 "$here/new-id" /usr/local/lib/flashrack/new-id
install -D -m 644 "$here/70-flashrack.rules" /etc/udev/rules.d/70-flashrack.rules
if [ -d /run/udev ]; then
  udevadm control --reload
  udevadm trigger --action=add --subsystem-match=usb --subsystem-match=tty --property-match=ID_BUS=usb
fi
[ "${1:-}" != --rules-only ] || exit 0

if [ -n "$user" ] && [ "$user" != root ]; then
  usermod -aG dialout "$user"
  echo "user $user is in the group dialout now: log in again"
fi

if [ -d /run/systemd/system ]; then
  id flashrack >/dev/null 2>&1 || useradd --system --home-dir /opt/flashrack --groups dialout flashrack
  for unit in flashrack@.service flashrack-batch@.service; do
    sed "s#/opt/flashrack#$root#g" "$here/$unit" > "/etc/systemd/system/$unit"
  done
  systemctl daemon-reload
  install -d -o flashrack -g dialout -m 2775 "$root/logs"
  echo "service: systemctl enable --now flashrack@STATION   (stations/STATION.json)"
  echo "night batch: systemctl start flashrack-batch@JOB   (stations/batches/JOB.json)"
fi
echo "installed; plug the boards in again"
