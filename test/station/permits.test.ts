// Permits: narrowest limit first, given back together and in every case.
import { describe, expect, it } from 'vitest';
import type { PermitLimits } from '../../src/config/station-file.ts';
import { createPermits, type Permit, placeOf } from '../../src/station/permits.ts';

const noLimits: PermitLimits = { station: null, perController: null, perHub: null, perSlot: 1 };
const never = new AbortController().signal;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Asks, and tells later whether it was granted. */
async function asking(permits: ReturnType<typeof createPermits>, usbPath: string, signal = never) {
  let permit: Permit | null = null;
  let refusal: unknown = null;
  void permits.acquire(usbPath, signal).then(
    (granted) => {
      permit = granted;
    },
    (thrown: unknown) => {
      refusal = thrown;
    },
  );
  await settled();
  return {
    isGranted: async () => {
      await settled();
      return permit !== null;
    },
    refusal: async () => {
      await settled();
      return refusal;
    },
    release: () => permit?.release(),
  };
}

describe('permits', () => {
  it('are granted at once where nothing limits', async () => {
    const permits = createPermits(noLimits);
    for (let slot = 1; slot <= 64; slot++) expect(await (await asking(permits, `a/1.${slot}`)).isGranted()).toBe(true);
  });

  it('limit each hub by itself', async () => {
    const permits = createPermits({ ...noLimits, perHub: 1 });
    const first = await asking(permits, 'a/1.1');
    const sameHub = await asking(permits, 'a/1.2');
    const otherHub = await asking(permits, 'a/2.1');
    const sameChainElsewhere = await asking(permits, 'b/1.1');
    expect(await first.isGranted()).toBe(true);
    expect(await sameHub.isGranted()).toBe(false);
    expect(await otherHub.isGranted()).toBe(true);
    expect(await sameChainElsewhere.isGranted()).toBe(true);
    first.release();
    expect(await sameHub.isGranted()).toBe(true);
  });

  it('limit each controller and the station, first come first served', async () => {
    const permits = createPermits({ ...noLimits, perController: 1, station: 2 });
    const asked = await Promise.all(['a/1', 'a/2', 'b/1', 'c/1'].map((usbPath) => asking(permits, usbPath)));
    const granted = (): Promise<boolean[]> => Promise.all(asked.map((one) => one.isGranted()));
    expect(await granted()).toEqual([true, false, true, false]);
    asked[0]?.release();
    await settled();
    // The slot at `c` was waiting for the station before the one at `a` had its controller.
    expect(await granted()).toEqual([true, false, true, true]);
    asked[2]?.release();
    expect(await granted()).toEqual([true, true, true, true]);
  });

  it('are waited for at the narrowest limit first: a full hub never holds a place of the station', async () => {
    const permits = createPermits({ ...noLimits, perHub: 1, station: 2 });
    const held = await asking(permits, 'a/1.1');
    const waitsForHub = await asking(permits, 'a/1.2');
    const other = await asking(permits, 'a/2.1');
    expect(await held.isGranted()).toBe(true);
    expect(await waitsForHub.isGranted()).toBe(false);
    expect(await other.isGranted()).toBe(true);
  });

  it('give back what was held when the wait is aborted', async () => {
    const permits = createPermits({ ...noLimits, perHub: 1, station: 1 });
    const held = await asking(permits, 'a/2.1');
    const stop = new AbortController();
    const givesUp = await asking(permits, 'a/1.1', stop.signal);
    const next = await asking(permits, 'a/1.2');
    stop.abort(new Error('removed'));
    expect(await givesUp.refusal()).toEqual(new Error('removed'));
    held.release();
    expect(await next.isGranted()).toBe(true);
  });

  it('leak nothing, whenever the abort comes', async () => {
    const permits = createPermits({ ...noLimits, perHub: 1, perController: 1, station: 1 });
    for (let turns = 0; turns < 40; turns++) {
      const stop = new AbortController();
      const acquiring = permits.acquire('a/1.1', stop.signal).catch(() => null);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      stop.abort(new Error('removed'));
      (await acquiring)?.release();
    }
    expect(await (await asking(permits, 'a/1.1')).isGranted()).toBe(true);
  });

  it('are refused to whoever was aborted before asking', async () => {
    const permits = createPermits({ ...noLimits, station: 1 });
    await expect(permits.acquire('a/1', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(await (await asking(permits, 'a/1')).isGranted()).toBe(true);
  });

  it('count once, however often they are released', async () => {
    const permits = createPermits({ ...noLimits, station: 1 });
    const first = await asking(permits, 'a/1');
    const second = await asking(permits, 'a/2');
    const third = await asking(permits, 'a/3');
    first.release();
    first.release();
    expect(await second.isGranted()).toBe(true);
    expect(await third.isGranted()).toBe(false);
  });
});

describe('the place of a USB path', () => {
  it.each([
    ['pci-0000:00:14.0/1.4.2', 'pci-0000:00:14.0', 'pci-0000:00:14.0/1.4'],
    ['pci-0000:00:14.0/3', 'pci-0000:00:14.0', 'pci-0000:00:14.0/'],
    ['serial:/dev/ttyS1', null, null],
  ])('%s', (usbPath, controller, hub) => {
    expect(placeOf(usbPath)).toEqual({ controller, hub });
  });
});
