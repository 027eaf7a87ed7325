// The profile: what may be flashed onto which modules, how they enter, and what must be read back.
// Knows the meaning of the fields; config/ knows the file and checks it.
import type { DeviceMode, Platform } from './platform.ts';

export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

export interface UsbId {
  readonly vendorId: number;
  readonly productId: number;
}

/** The ids a module has in one mode, and the USB interface number the station talks to there. */
export interface ModeProfile {
  readonly ids: readonly UsbId[];
  readonly interfaceNumber: number;
}

/** How the operator brings the module on this carrier into download mode, lets go, and powers it on. */
export interface CarrierProfile {
  readonly name: string;
  readonly enter: Bilingual;
  readonly release: Bilingual;
  readonly powerOn: Bilingual;
}

export type EntryMethod = 'strap' | 'at';
export type RestartMethod = 'reset' | 'powerCycle' | 'prompt';

/** The AT query whose answer is the revision that must equal `expectedRevision`. */
export type RevisionQuery = 'ATI' | 'AT+CGMR' | 'AT+GMR' | 'AT+QGMR';

export interface PackageProfile {
  /** As in the file; resolved against the profile's folder by config/. */
  readonly path: string;
  readonly sha256: string;
  /** Only where the package brings none. */
  readonly agentboot?: { readonly path: string; readonly sha256: string };
}

export interface PacingProfile {
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
}

export interface TimeoutProfile {
  /** From the end of a job's writing until the normal-mode device must be back at the path. */
  readonly reenumerateMs: number;
  /** From the device's return until AT must answer. */
  readonly bootMs: number;
  /** Longest time without progress while programming. */
  readonly stallMs: number;
  /** Longest time a connected session waits for its permit or a label. */
  readonly holdLimitMs: number;
  /** Longest time a prompt for the strap, the power or the release waits for the operator. */
  readonly entryMs: number;
  /** Longest time for the silent-or-speaking AT identification. */
  readonly identifyMs: number;
}

export interface Profile {
  readonly id: string;
  readonly revision: number;
  readonly platform: Platform;
  readonly description: Bilingual;
  readonly provenOn: string;
  readonly models: readonly string[];
  /** The sub-model gate: a revision before that matches one pattern, or an ordering code on the label. */
  readonly subModels: { readonly revisionPatterns: readonly string[]; readonly orderingCodes: readonly string[] };
  readonly modes: Readonly<Record<DeviceMode, ModeProfile>>;
  readonly carrier: CarrierProfile;
  readonly entry: { readonly methods: readonly EntryMethod[] };
  readonly downloadWindow: { readonly seconds: number };
  readonly package: PackageProfile;
  readonly expectedRevision: { readonly query: RevisionQuery; readonly value: string };
  readonly restart: RestartMethod;
  /** Power cycles tried after a mute module before it is FAIL `does-not-boot`. */
  readonly powerCycles: number;
  readonly timeouts: TimeoutProfile;
  readonly pacing: PacingProfile;
  readonly consents: ConsentProfile;
  readonly upgrade: UpgradeProfile;
}

/** From which revisions the package may be flashed; which the sub-model gate has let through already. */
export interface UpgradeProfile {
  /** The first whose pattern fits decides; with none at all every revision may. */
  readonly paths: readonly { readonly from: string; readonly allowed: boolean }[];
  readonly unlisted: 'allowed' | 'refused';
  /** A unit that answers the expected revision already is left as it is. */
  readonly skipIfCurrent: boolean;
}

/** What the profile agrees to, under its digest. Never asked in mid-run. */
export interface ConsentProfile {
  readonly wipeUserData: boolean;
  /** What would replace the user's file system is left out of the plan; a platform that cannot do without refuses the package. */
  readonly keepUserData: boolean;
  readonly eraseNvm: boolean;
}

/** A profile with the digest of the very file it came from, and its package path made absolute. */
export interface LoadedProfile {
  readonly profile: Profile;
  readonly sha256: string;
  readonly file: string;
}
