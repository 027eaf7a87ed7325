// `flashrack profile add PACKAGE`: says what a package is and would do, asks for what no file can tell, and writes the profile with the
// digest pinned. Composes; opens no device.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { draftProfile, type ProfileAnswers, type ProfileTemplate, profileIdFrom, readTemplate } from '../config/profile-draft.ts';
import { parseProfile } from '../config/profile-file.ts';
import { Fault, fault } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { ConsentProfile, LoadedProfile } from '../domain/profile.ts';
import { sha256Hex } from '../firmware/digest.ts';
import { withAgentboot } from '../firmware/eigencomm-package.ts';
import type { FirmwarePackage } from '../firmware/package.ts';
import { inspectPackage, readPackage } from '../firmware/read-package.ts';
import { flasherFor } from '../platforms.ts';
import { nodeDisk } from '../trace/node-disk.ts';
import type { Language } from '../views/words/language.ts';
import { profileWords } from '../views/words/profile-words.ts';
import { exitCodes } from './exit-codes.ts';
import { inspectionLines } from './inspect.ts';
import { operatorsAgentboot, readBytes } from './kits.ts';
import { planLines } from './plan.ts';
import { print, printJson } from './print.ts';
import { type Answers, answersFrom, type Question } from './profile-answers.ts';
import { projectFolder } from './version.ts';

export type Consent = Exclude<keyof ConsentProfile, 'keepUserData'>;

export interface ProfileAddOptions {
  readonly lang: Language;
  readonly json: boolean;
  readonly model: readonly string[];
  readonly revision?: string;
  readonly revisionPattern: readonly string[];
  readonly orderingCode: readonly string[];
  readonly consent: readonly Consent[];
  readonly agentboot?: string;
  readonly id?: string;
  readonly out: string;
  readonly force: boolean;
}

export async function profileAdd(packageFile: string, options: ProfileAddOptions): Promise<number> {
  const words = profileWords[options.lang];
  const bytes = await readBytes(packageFile, 'profile add');
  const inspection = await inspectPackage(bytes, packageFile);
  if (!options.json) for (const line of inspectionLines(inspection)) print(line);
  const isAsked = process.stdin.isTTY && process.stdout.isTTY && !options.json;
  const answers = answersFrom(isAsked ? { input: process.stdin, output: process.stdout } : null);
  try {
    const added = await addProfile(packageFile, await readPackage(bytes, packageFile), options, answers);
    if (added === null) {
      print(words.notAgreed);
      return exitCodes.refused;
    }
    const { file, plan, loaded } = added;
    if (options.json) printJson({ file, profile: loaded.profile.id, sha256: loaded.sha256, plan });
    else
      for (const line of ['', ...planLines(plan, loaded.profile.package.sha256), '', words.written(file), words.nextSteps])
        print(line);
    return exitCodes.pass;
  } finally {
    answers.close();
  }
}

export interface AddedProfile {
  readonly file: string;
  readonly loaded: LoadedProfile;
  readonly plan: Plan;
}

/** Writes the profile; null when a consent that the package needs was not given. Rejects with a `Fault`, and nothing is written then. */
export async function addProfile(
  packageFile: string,
  firmware: FirmwarePackage,
  options: ProfileAddOptions,
  answers: Answers,
): Promise<AddedProfile | null> {
  const asked = await askFacts(firmware, await templatesFor(firmware), options, answers);
  const file = join(options.out, `${asked.id}.json`);
  const before = await replaced(file, options.force);
  const draft = async (consents: ConsentProfile): Promise<string> =>
    draftProfile(asked.template, {
      ...asked,
      revision: before + 1,
      package: await pinnedPackage(packageFile, file, firmware, options.agentboot),
      consents,
      hasSchemaBeside: existsSync(join(options.out, 'profile.schema.json')),
    });
  const consents = await agree(firmware, file, draft, options, answers);
  if (consents === null) return null;
  const text = await draft(consents);
  const made = await planned(text, file, firmware);
  await nodeDisk.makeFolder(options.out);
  await nodeDisk.writeWhole(file, Buffer.from(text));
  return { file, ...made };
}

type AskedFacts = Omit<ProfileAnswers, 'revision' | 'package' | 'consents' | 'hasSchemaBeside'> & {
  readonly template: ProfileTemplate;
};

async function askFacts(
  firmware: FirmwarePackage,
  templates: ReadonlyMap<string, ProfileTemplate>,
  options: ProfileAddOptions,
  answers: Answers,
): Promise<AskedFacts> {
  const words = profileWords[options.lang];
  const known = [...templates.keys()];
  const guess = known.filter((model) => firmware.revisionsFound.some((revision) => revision.startsWith(model)));
  const listed = async (question: Question, given: readonly string[]): Promise<readonly string[]> =>
    given.length > 0 ? given : split(await answers.answer(question, undefined));
  const models = await listed(
    { option: '--model', text: words.model(known.join(' ')), proposal: guess.join(' '), assumed: null },
    options.model,
  );
  const template = models.length === 0 ? null : checkModels(models, templates, firmware);
  const found = firmware.revisionsFound.find((revision) => models.some((model) => revision.startsWith(model)));
  const revision = await answers.answer(
    { option: '--revision', text: words.expectedRevision, proposal: found ?? '', assumed: null },
    options.revision,
  );
  const pattern = template?.facts.subModels.revisionPatterns.join(' ') ?? '';
  const isGated = options.orderingCode.length > 0;
  const revisionPatterns = await listed(
    { option: '--revision-pattern', text: words.revisionPatterns, proposal: pattern, assumed: isGated ? '-' : null },
    options.revisionPattern,
  );
  const orderingCodes = await listed(
    { option: '--ordering-code', text: words.orderingCodes, proposal: '-', assumed: '-' },
    options.orderingCode,
  );
  answers.refuseMissing();
  const id = await answers.answer(
    { option: '--id', text: words.id, proposal: profileIdFrom(revision ?? ''), assumed: profileIdFrom(revision ?? '') },
    options.id,
  );
  answers.refuseMissing();
  if (template === null || revision === null || id === null) throw fault('profile-invalid', 'profile add');
  if (!models.some((model) => revision.startsWith(model)))
    throw fault('profile-invalid', 'profile add', { expected: `a revision of ${models.join(' or ')}`, actual: revision });
  return {
    id,
    models,
    template,
    expectedRevision: revision,
    revisionPatterns,
    orderingCodes,
    notes: notesOn(firmware, revision, models),
  };
}

const split = (text: string | null): readonly string[] => (text ?? '').split(/\s+/).filter((part) => part !== '' && part !== '-');

function notesOn({ revisionsFound }: FirmwarePackage, revision: string, models: readonly string[]): readonly string[] {
  return [
    'Made by flashrack profile add. Ids, interfaces, carrier, pacing and time-outs are those of the template of the first model; check the carrier.',
    revisionsFound.includes(revision)
      ? 'The expected revision stands as a text in the package: a guess until a module has answered it.'
      : 'The expected revision was given by hand and does not stand in the package: a guess until a module has answered it.',
    ...(revisionsFound.length === 0 ? [`Nothing in the package says that it is for ${models.join(', ')}.`] : []),
  ];
}

/** Every model of the package's platforms that the shipped profiles have the facts of. */
async function templatesFor({ platforms, identity }: FirmwarePackage): Promise<ReadonlyMap<string, ProfileTemplate>> {
  const folder = join(projectFolder, 'profiles');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json') && !name.startsWith('demo-')).sort();
  const templates = new Map<string, ProfileTemplate>();
  for (const name of names) {
    const template = readTemplate(await readFile(join(folder, name)));
    if (template === null || !platforms.includes(template.facts.platform)) continue;
    for (const model of template.facts.models) {
      // The file named by the model is its template; others may have been added beside it.
      if (name === `${model.toLowerCase()}.json` || !templates.has(model)) templates.set(model, template);
    }
  }
  if (templates.size === 0)
    throw fault('package-platform-mismatch', identity.name, {
      expected: 'a platform with a profile',
      actual: platforms.join(', '),
    });
  return templates;
}

/** The template of the first. A revision text that names other models only is taken at its word: a wrong variant damages modules. */
function checkModels(
  models: readonly string[],
  templates: ReadonlyMap<string, ProfileTemplate>,
  { revisionsFound, identity }: FirmwarePackage,
): ProfileTemplate {
  const known = [...templates.keys()].join(', ');
  const unknown = models.find((model) => !templates.has(model));
  const template = templates.get(models[0] ?? '');
  if (unknown !== undefined || template === undefined)
    throw fault('package-platform-mismatch', identity.name, { expected: known, actual: unknown ?? 'no model' });
  const other = models.find((model) => !revisionsFound.some((revision) => revision.startsWith(model)));
  if (revisionsFound.length > 0 && other !== undefined)
    throw fault('package-platform-mismatch', identity.name, { expected: revisionsFound.join(', '), actual: other });
  return template;
}

/** The revision of the profile that would be replaced; 0 for a new one. */
async function replaced(target: string, force: boolean): Promise<number> {
  if (!existsSync(target)) return 0;
  if (!force) throw fault('profile-exists', 'profile add', { expected: 'a new file, or --force', actual: target });
  return readTemplate(await readFile(target))?.facts.revision ?? 0;
}

async function pinnedPackage(
  file: string,
  target: string,
  { identity }: FirmwarePackage,
  agentboot: string | undefined,
): Promise<ProfileAnswers['package']> {
  const beside = (path: string): string => relative(dirname(resolve(target)), resolve(path));
  const pinned = { path: beside(file), sha256: identity.sha256 };
  if (agentboot === undefined) return pinned;
  return { ...pinned, agentboot: { path: beside(agentboot), sha256: sha256Hex(await readBytes(agentboot, 'agentboot')) } };
}

/** Asks for each consent that the plan needs, and for no other. Null when one was not agreed to. */
async function agree(
  firmware: FirmwarePackage,
  target: string,
  draft: (consents: ConsentProfile) => Promise<string>,
  { lang, consent: given }: ProfileAddOptions,
  answers: Answers,
): Promise<ConsentProfile | null> {
  const words = profileWords[lang];
  let consents: ConsentProfile = { wipeUserData: false, keepUserData: false, eraseNvm: false };
  for (;;) {
    const needed = await neededConsent(await draft(consents), target, firmware);
    if (needed === null) return consents;
    const option = given.includes(needed) ? 'y' : undefined;
    const question = { option: `--consent ${needed}`, text: words.consents[needed], proposal: 'n', assumed: null };
    const answer = await answers.answer(question, option);
    answers.refuseMissing();
    if (!words.yes.test(answer ?? '')) return null;
    consents = { ...consents, [needed]: true };
  }
}

async function neededConsent(text: string, target: string, firmware: FirmwarePackage): Promise<Consent | null> {
  try {
    await planned(text, target, firmware);
    return null;
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.failure.code !== 'package-consent-missing') throw thrown;
    const name = String(thrown.failure.expected).replace('consents.', '');
    if (name !== 'wipeUserData' && name !== 'eraseNvm') throw thrown;
    const consents = parseProfile(Buffer.from(text), target).profile.consents;
    if (consents[name]) throw thrown;
    return name;
  }
}

async function planned(
  text: string,
  target: string,
  firmware: FirmwarePackage,
): Promise<{ readonly plan: Plan; readonly loaded: LoadedProfile }> {
  const loaded = parseProfile(Buffer.from(text), target);
  const agentboot = await operatorsAgentboot(loaded);
  const image = agentboot === null ? firmware : withAgentboot(firmware, agentboot);
  return { plan: flasherFor(loaded.profile.platform).plan(image, loaded.profile), loaded };
}
