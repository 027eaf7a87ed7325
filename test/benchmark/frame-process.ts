// The dashboard alone in its process, on a terminal that another process reads: what a frame costs when every slot moves, at its own rate.
// Sends its measure to its parent. Knows no station: the read model is made up.
import { setTimeout as sleep } from 'node:timers/promises';
import { drawIntervalMs } from '../../src/views/dashboard/dashboard.tsx';
import { startDashboard } from '../../src/views/dashboard/start-dashboard.ts';
import { aConsole, aView, slotThat } from '../views/station-view.ts';

const [slots = 1, frames = 1] = process.argv.slice(2).map(Number);
const rack = Array.from({ length: slots }, (_, at) => slotThat.isWritten(at + 1));
const console = aConsole(aView(rack));
Object.assign(process.stdout, { columns: 200, rows: 60 });
const dashboard = await startDashboard(console, { lang: 'en', bell: false, env: {} });
await sleep(2000);
const before = process.cpuUsage();
for (let at = 1; at <= frames; at++) {
  const moved = rack.map((slot) => ({ ...slot, bytesDone: slot.bytesDone + at * 30_000, bytesPerSecond: 140_000 + at }));
  console.show(aView(moved));
  await sleep(drawIntervalMs);
}
const { user, system } = process.cpuUsage(before);
await dashboard.stop();
process.send?.({ cpuMs: (user + system) / 1000 }, () => process.exit(0));
