// What stands below the options in each command's --help: what is not plain from them, examples, exit codes. Knows no command's work.

export const helpTexts = {
  program: `
From an empty PC to the end of a shift (each command has its own --help):
  flashrack demo                                  eight simulated boards, to look at
  flashrack doctor                                is this PC fit? each trouble with its cure
  flashrack profile add packages/QPY_EC800E.bin --id ec800e-lc
                                                  read a package, pin it in a profile
  flashrack map stations/line-1.json --slots 8 --profile ec800e-lc
                                                  teach the rack: which slot is which path
  flashrack doctor stations/line-1.json           is the station fit?
  flashrack run stations/line-1.json --operator NAME --order WO-1 --shift A
  flashrack report --shift A                      what the shift came to
  flashrack log verify                            are its records whole?

Exit codes (a command with others says so itself):
  0  every unit PASS (or: done, nothing wrong found)
  1  some unit not PASS, a slot left locked, or no unit at all (or: nothing found, or it does not hold)
  2  usage, station file, profile or package refused; nothing was touched
  3  station fault: record not writable, disk full, bench lost, a defect of the station`,
  demo: `
On a terminal: the screen; ? explains it, g changes the language, q stops. Without one: a line per event, ends by itself.`,
  run: `
On a terminal: the screen; ? explains every state, sign and key, q stops. Ctrl-C, SIGTERM and a closed terminal do the same: no new
job starts, and the run ends when no slot is being written any more. Without a terminal it prints a line per event, and ends when
every slot has its verdict or no board comes any more; --keep-running is for a service.

Example:
  flashrack run stations/line-1.json --operator LI --order WO-1 --shift A --lang zh`,
  verify: `
Each board gets a record of kind verify: PASS when model, revision and IMEI are right and its last flash record is a PASS of the
same unit; a board without a record is judged by the first three, and its record says so. Verify records are in no yield.`,
  batch: `
JSON lines on standard output; logs/batch/ holds status.json (once a second) and the report by exception: what a person must do.
Exit codes: 0 done and nothing is left to do, 1 something is, 2 refused at start (the job file, hands needed, another batch on
this rack), 3 station fault. Ends by quantity, end time, stop rule, when no board comes any more, or when it is asked to.`,
  map: `
Have all slots empty, then plug one board after the other; u and Enter takes the last one back, q and Enter gives up without writing.
Nothing is opened or sent to a board.

Example:
  flashrack map stations/line-1.json --slots 8 --profile ec800e

Exit codes: 0 written, 1 given up, 2 refused, 3 no USB on this machine.`,
  devices: `
Without --at nothing is opened; with it only boards in slots of --station are.`,
  doctor: `
Exit codes: 0 nothing is wrong, 1 warnings, 2 it will not work. Changes nothing without --write-udev.`,
  inspect: `
Exit codes: 0 it holds, 2 it is damaged or unknown.`,
  profileAdd: `
On a terminal it asks what no option answers. Without one (or with --json) it asks nothing and names what is missing:
  flashrack profile add packages/QPY_EC800E.bin --model EC800E --revision EC800ECNLCR02A01M08_OCPU_QPY \\
    --revision-pattern '^EC800ECNLCR[0-9]{2}A[0-9]{2}.*$' --consent wipeUserData`,
  profileCheck: `
Exit codes: 0 none is refused (templates are told, not counted), 2 some are, or there are none.`,
  logVerify: `
A deleted tail shows only against an anchor: note one outside this PC at each end of shift (flashrack log anchor >> FILE).

Exit codes: 0 the chain holds, 1 it does not, 2 an anchor cannot be read.`,
  logShow: `
Exit codes: 0 found, 1 nothing found, or some line of the journal is damaged.`,
  logQuery: `
Examples:
  flashrack log query --verdict FAIL --from 2026-11-22
  flashrack log query --code window-missed --slot 7 --json

Exit codes: 0 some match, 1 none does.`,
  replay: `
Exit codes: 0 the same until the end, 1 it differs, 2 refused: not a whole transcript, or other files.`,
  report: `
Examples:
  flashrack report                                     today
  flashrack report --shift A --day 2026-11-22 --format html --lang zh --out A.html
  flashrack report --order WO-1 --format csv --out WO-1.csv

Exit codes: 0 there are records, 1 there is none.`,
  outbox: `
A station whose file names "outboxes" delivers by itself; this command delivers a journal beside the station or without it. How far
each destination has come is kept in outbox/ beside the journal.

Exit codes: 0 all is delivered, 1 some record still waits.`,
  release: `
On the screen the keys u and s do the same while the station runs. Where the station file names supervisors, a quarantine, a rejection
or a stop asks for a code; a lock left by a crash does not. Each release is in the journal.

Examples:
  flashrack release stations/line-1.json --slot 3 --operator LI
  flashrack release stations/line-1.json --stop

Exit codes: 0 released, 1 not released, 2 nothing named or refused, 3 the station runs and holds the journal.`,
  supervisorHash: `
Only a salted hash is printed; the code itself is kept nowhere.`,
  simServe: `
Example:
  flashrack sim serve --board EC800E --link /tmp/board-1 --exit-on-reset`,
} as const;
