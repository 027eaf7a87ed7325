// A ROM that comes and goes before it is heard: one insertion and one job, however often it appears (asr.md §4).
import { describe, expect, it } from 'vitest';
import { fault } from '../../src/domain/failure.ts';
import { atStrapPrompt, machineRig, type RigOptions } from './machine-rig.ts';

describe('a ROM that comes and goes before it is heard', () => {
  const gone = async (options: RigOptions = {}) => {
    const rig = machineRig({ unidentified: 'accept', ...options });
    await rig.attach('download');
    await rig.detach();
    return rig;
  };

  it('is waited for, and connected anew in the same job, with a window of its own', async () => {
    const rig = await gone();
    expect(rig.path()).toBe('reappearing');
    expect(rig.isRunning('connect')).toBe(false);
    await rig.advance(1_999);
    await rig.attach('download', 4_000);
    expect(rig.path()).toBe('connecting.handshaking');
    expect(rig.count('connect')).toBe(2);
    expect(rig.context()).toMatchObject({ jobsOpened: 1, insertion: 1, continuous: true });
    await rig.advance(5_999);
    expect(rig.path()).toBe('connecting.handshaking');
    await rig.advance(1);
    expect(rig.decided()).toBe('ABORTED window-missed none');
  });

  it.each(['unplugged', 'serial-path-missing'] as const)(
    'is waited for also where its %s is told before the device source tells that it left',
    async (code) => {
      const rig = machineRig({ unidentified: 'accept' });
      await rig.attach('download');
      await rig.fail('connect', fault(code, 'open'));
      expect(rig.path()).toBe('reappearing');
      await rig.detach();
      await rig.attach('download');
      expect(rig.path()).toBe('connecting.handshaking');
      expect(rig.decided()).toBeNull();
    },
  );

  it('that is there all the while, without its node, keeps that code', async () => {
    const rig = machineRig({ unidentified: 'accept' });
    await rig.attach('download');
    await rig.fail('connect', fault('serial-path-missing', 'open'));
    await rig.advance(2_000);
    expect(rig.decided()).toBe('ABORTED serial-path-missing none');
  });

  it.each(['unplugged', 'serial-path-missing'] as const)(
    'was removed when %s is told first, its detach later, and it stays away',
    async (code) => {
      const rig = machineRig({ unidentified: 'accept' });
      await rig.attach('download');
      await rig.fail('connect', fault(code, 'open'));
      await rig.advance(1_999);
      await rig.detach();
      await rig.advance(1_999);
      expect(rig.path()).toBe('reappearing');
      await rig.advance(1);
      expect(rig.decided()).toBe('ABORTED removed-early none');
      expect(rig.context().mayReturn).toBe(false);
    },
  );

  it('was removed when it stays away', async () => {
    const rig = await gone();
    await rig.advance(2_000);
    expect(rig.decided()).toBe('ABORTED removed-early none');
  });

  it('has missed its window when it has started its firmware instead, and is not touched', async () => {
    const rig = await gone();
    await rig.attach('normal');
    expect(rig.decided()).toBe('ABORTED window-missed none');
    expect(rig.count('identify')).toBe(0);
  });

  it('can be cancelled while it is away', async () => {
    const rig = await gone();
    await rig.send({ type: 'operator.cancel' });
    expect(rig.decided()).toBe('ABORTED operator-cancelled none');
  });

  it('is not tried for ever', async () => {
    const rig = await gone();
    for (let count = 0; rig.path() === 'reappearing' && count < 100; count++) {
      await rig.attach('download');
      await rig.detach();
    }
    expect(rig.count('connect')).toBe(31);
    expect(rig.decided()).toBe('ABORTED window-missed none');
  });

  it('may be another board, where it was identified before', async () => {
    const rig = await atStrapPrompt({ profile: { entry: { methods: ['at'] } } });
    await rig.done('enter', 'accepted');
    await rig.detach();
    await rig.attach('download');
    expect(rig.context().continuous).toBe(true);
    await rig.detach();
    await rig.attach('download');
    expect(rig.context().continuous).toBe(false);
  });
});
