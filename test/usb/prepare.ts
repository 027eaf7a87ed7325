// Gets what the guest is made of: Debian packages, the stock kernel unpacked, an initramfs. Knows no board; everything is kept in one cache.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

export interface GuestFiles {
  /** Uncompressed: QEMU starts it through PVH in a second, where the compressed one takes seven. */
  readonly kernel: string;
  readonly initramfs: string;
  /** Holds `lib/modules/<release>`. */
  readonly modulesRoot: string;
  readonly release: string;
}

const packages = ['qemu-system-x86', 'busybox-static', 'cpio', 'kmod', 'udev', 'xz-utils'];
const programs: Readonly<Record<string, string>> = {
  'qemu-system-x86': '/usr/bin/qemu-system-x86_64',
  'busybox-static': '/bin/busybox',
  cpio: '/usr/bin/cpio',
  kmod: '/sbin/modprobe',
  udev: '/usr/bin/udevadm',
  'xz-utils': '/usr/bin/xz',
};
const leastMemoryBytes = 3.5e9;
/** What the guest needs before it sees the host's root. */
const earlyModules = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];

/** Why the bench cannot run here; null when it can. */
export function cannotRun(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `it needs Linux on x64, this is ${process.platform} on ${process.arch}`;
  const missing = packages.filter((name) => !existsSync(programs[name] ?? ''));
  if (missing.length > 0 && process.getuid?.() !== 0) return `${missing.join(', ')} missing, and only root can install packages`;
  if (availableParallelism() < 2) return 'it needs two cores: one for the guest, one for its boards';
  if (totalmem() < leastMemoryBytes) return `it needs 3.5 GB of memory, this machine has ${(totalmem() / 1e9).toFixed(1)}`;
  if (!existsSync('/usr/bin/apt-get')) return 'it takes the kernel and QEMU from Debian packages, and there is no apt-get';
  return null;
}

export function prepareGuest(cache: string): GuestFiles {
  mkdirSync(cache, { recursive: true });
  installPackages();
  const { modulesRoot, release, kernel } = unpackKernel(cache);
  return { modulesRoot, release, kernel, initramfs: packInitramfs(cache, modulesRoot, release) };
}

function installPackages(): void {
  const missing = packages.filter((name) => !existsSync(programs[name] ?? ''));
  if (missing.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-q'], { env });
  run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...missing], { env });
}

function unpackKernel(cache: string): Omit<GuestFiles, 'initramfs'> {
  const modulesRoot = join(cache, 'kernel');
  const vmlinux = join(cache, 'vmlinux');
  if (!existsSync(vmlinux)) {
    const name = kernelPackage();
    const folder = mkdtempSync(join(tmpdir(), 'flashrack-kernel-'));
    run('apt-get', ['download', '-q', name], { cwd: folder });
    const [deb = ''] = readdirSync(folder);
    rmSync(modulesRoot, { recursive: true, force: true });
    run('dpkg-deb', ['-x', join(folder, deb), modulesRoot]);
    rmSync(folder, { recursive: true });
    const release = releaseIn(modulesRoot);
    run('/sbin/depmod', ['-b', modulesRoot, release]);
    writeFileSync(`${vmlinux}.new`, uncompressed(readFileSync(join(modulesRoot, 'boot', `vmlinuz-${release}`))));
    renameSync(`${vmlinux}.new`, vmlinux);
  }
  return { modulesRoot, kernel: vmlinux, release: releaseIn(modulesRoot) };
}

const releaseIn = (modulesRoot: string): string => readdirSync(join(modulesRoot, 'lib/modules'))[0] ?? '';

/** The exact package that `linux-image-amd64` depends on; a name with a glob would fetch debug and cloud kernels too. */
function kernelPackage(): string {
  const look = (): string | undefined => {
    const { stdout } = spawnSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' });
    return /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
  };
  const known = look();
  if (known !== undefined) return known;
  run('apt-get', ['update', '-q']);
  const name = look();
  if (name === undefined) throw new Error('apt knows no linux-image-amd64');
  return name;
}

/** The xz payload of a bzImage: place and length are in its header (Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length). */
function uncompressed(image: Buffer): Buffer {
  const start = (image.readUInt8(0x1f1) + 1) * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  // Behind the xz stream are four bytes of its size, at which xz grumbles after it has written everything.
  const { stdout } = spawnSync('xz', ['-dc', '--single-stream'], { input: payload, maxBuffer: 1 << 28 });
  if (stdout.length === 0) throw new Error('the kernel image holds no xz payload');
  return stdout;
}

function packInitramfs(cache: string, modulesRoot: string, release: string): string {
  const init = readFileSync(join(import.meta.dirname, 'guest/init'));
  const packed = join(cache, `initramfs-${createHash('sha256').update(init).update(release).digest('hex').slice(0, 12)}`);
  if (existsSync(packed)) return packed;
  const folder = mkdtempSync(join(tmpdir(), 'flashrack-initramfs-'));
  for (const name of ['bin', 'dev', 'proc', 'sys', 'modules', 'host', 'upper', 'root']) mkdirSync(join(folder, name));
  copyFileSync('/bin/busybox', join(folder, 'bin/busybox'));
  writeFileSync(join(folder, 'init'), init, { mode: 0o755 });
  const order = modulesInOrder(modulesRoot, release);
  for (const [index, file] of order.entries())
    copyFileSync(file, join(folder, 'modules', `${String(index).padStart(2, '0')}.ko`));
  const archive = spawnSync('sh', ['-c', 'find . | cpio -o -H newc --quiet'], { cwd: folder, maxBuffer: 1 << 28 });
  writeFileSync(packed, archive.stdout);
  rmSync(folder, { recursive: true });
  return packed;
}

/** With what each depends on, before it. */
function modulesInOrder(modulesRoot: string, release: string): readonly string[] {
  const files = new Set<string>();
  for (const name of earlyModules) {
    const shown = execFileSync('/sbin/modprobe', ['--show-depends', '-d', modulesRoot, '-S', release, name], {
      encoding: 'utf8',
    });
    for (const [, file] of shown.matchAll(/^insmod (\S+)/gm)) if (file !== undefined) files.add(file);
  }
  return [...files];
}

function run(program: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 120_000, ...options });
}
