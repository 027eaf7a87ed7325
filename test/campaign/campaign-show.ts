// Prints what happened in one slot of a campaign, for whoever looks into a finding: `campaign-show.ts SEED BOARDS SLOT [SLOTS]`.
import { runCampaign } from './campaign.ts';
import { drawScript } from './campaign-script.ts';

const [seed = 1, boards = 200, slot = 1, slots = 64] = process.argv.slice(2).map(Number);
const trace = await runCampaign({ script: drawScript({ seed, slots, boards }) });
const seen = trace.devices.filter((device) => device.slot === slot);
const lines = [
  ...trace.events.flatMap(({ atMs, slot: at, event }) =>
    (at === slot || at === null) && event.type !== 'note.added' ? [{ atMs, text: JSON.stringify(event) }] : [],
  ),
  ...trace.visits.flatMap(({ slot: at, insertedAtMs, removedAtMs, identity, script }) =>
    at === slot
      ? [
          { atMs: insertedAtMs, text: `HAND in ${identity.imei} ${JSON.stringify(script)}` },
          { atMs: removedAtMs ?? Number.POSITIVE_INFINITY, text: `HAND out ${identity.imei}` },
        ]
      : [],
  ),
  ...seen.flatMap(({ id, vendorId, attachedAtMs, detachedAtMs, writes }) => [
    { atMs: attachedAtMs, text: `USB ${id} ${vendorId?.toString(16)} on` },
    {
      atMs: detachedAtMs ?? Number.POSITIVE_INFINITY,
      text: `USB ${id} off, ${writes.length} writes ${writes[0]}..${writes.at(-1)}`,
    },
  ]),
  ...trace.script.incidents.map((incident) => ({ atMs: incident.atMs, text: `INCIDENT ${JSON.stringify(incident)}` })),
];
for (const { atMs, text } of lines.sort((a, b) => a.atMs - b.atMs))
  process.stdout.write(`${Math.round(atMs)} ${text.slice(0, 1200)}\n`);
