// The words of `flashrack profile`: what is asked of a new profile, and what was checked. Complete by type in each language.
import type { ConsentProfile } from '../../domain/profile.ts';
import type { InEach } from './language.ts';

interface ProfileWords {
  readonly model: (models: string) => string;
  readonly expectedRevision: string;
  readonly revisionPatterns: string;
  readonly orderingCodes: string;
  readonly id: string;
  /** Of what a package does to a module; to keep is no loss, and is not asked for. */
  readonly consents: Readonly<Record<Exclude<keyof ConsentProfile, 'keepUserData'>, string>>;
  readonly yes: RegExp;
  readonly notAgreed: string;
  readonly written: (file: string) => string;
  readonly nextSteps: string;
  readonly good: string;
  readonly template: string;
  readonly refused: string;
  readonly sums: (good: number, templates: number, refused: number) => string;
  readonly pinned: (count: number, file: string) => string;
  readonly changed: (id: string, before: string, now: string) => string;
}

export const profileWords: InEach<ProfileWords> = {
  en: {
    model: (models) => `For which models, as ATI answers them (${models})`,
    expectedRevision: 'Revision that a module answers to AT+CGMR once it runs this package',
    revisionPatterns:
      'Revisions before flashing that may pass the gate, as regular expressions ^…$ (separate with spaces, - for none)',
    orderingCodes: 'Ordering codes on the labels that may pass the gate (separate with spaces, - for none)',
    id: 'Profile id, also its file name',
    consents: {
      wipeUserData:
        'This package replaces the user file system of the module: scripts and data of the user are lost. Agreed? (y/n)',
      eraseNvm: 'This package erases or writes the area of identity and calibration (NVM). Agreed? (y/n)',
    },
    yes: /^(y|yes)$/i,
    notAgreed: 'not agreed: nothing was written',
    written: (file) => `written: ${file}`,
    nextSteps: 'Map it in the station file, try it on one unit, and pin it: flashrack profile check --station FILE --pin',
    good: 'good',
    template: 'template, no package is pinned yet',
    refused: 'REFUSED',
    sums: (good, templates, refused) => `${good} good, ${templates} templates, ${refused} refused`,
    pinned: (count, file) => `${count} profiles are pinned in ${file}`,
    changed: (id, before, now) => `${id}: was ${before}, is ${now} now`,
  },
  zh: {
    model: (models) => `适用机型（ATI 返回的名称：${models}）`,
    expectedRevision: '烧录本固件后 AT+CGMR 应返回的版本号',
    revisionPatterns: '允许烧录的原版本号，正则表达式 ^…$（多个用空格分隔，- 表示无）',
    orderingCodes: '允许烧录的标签订货号（多个用空格分隔，- 表示无）',
    id: '配置编号（同时为文件名）',
    consents: {
      wipeUserData: '本固件会覆盖模块的用户文件系统，用户脚本和数据将丢失。是否同意？(y/n)',
      eraseNvm: '本固件会擦除或写入身份与校准数据区（NVM）。是否同意？(y/n)',
    },
    yes: /^(y|yes|是|同意)$/i,
    notAgreed: '未同意，没有写入任何文件',
    written: (file) => `已写入：${file}`,
    nextSteps: '请在工位文件中引用，先试烧一块，再锁定：flashrack profile check --station 文件 --pin',
    good: '可用',
    template: '模板，尚未指定固件包',
    refused: '拒绝',
    sums: (good, templates, refused) => `可用 ${good} 个，模板 ${templates} 个，拒绝 ${refused} 个`,
    pinned: (count, file) => `已在 ${file} 中锁定 ${count} 个配置`,
    changed: (id, before, now) => `${id}：原为 ${before}，现为 ${now}`,
  },
};
