// Whether the hubs of a rack are where they were when it was mapped. Pure; a moved hub would put a board into another slot's record.
import type { UsbHub } from '../bench/hardware/usb-tree.ts';
import type { HubSettings } from '../config/station-file.ts';

/** One line per hub that is not at its path, with both paths where the other one can be told. Identical hubs that changed places are not seen. */
export function movedHubs(mapped: readonly HubSettings[], present: readonly UsbHub[]): readonly string[] {
  const isSame = (hub: HubSettings, found: UsbHub): boolean =>
    idOf(found) === hub.id && (hub.serialNumber === null || hub.serialNumber === found.serialNumber);
  const mappedPaths = new Set(mapped.map(({ usbPath }) => usbPath));
  const lines = mapped.map((hub) => {
    const here = present.find(({ usbPath }) => usbPath === hub.usbPath);
    if (here !== undefined && isSame(hub, here)) return null;
    const elsewhere = present.filter((found) => !mappedPaths.has(found.usbPath) && isSame(hub, found));
    const at = elsewhere.length > 0 ? `is at ${elsewhere.map(({ usbPath }) => usbPath).join(' or ')} now` : 'is not on the bus';
    const instead = here === undefined ? '' : `; ${idOf(here)} is at its place`;
    return `hub ${hub.id} was mapped at ${hub.usbPath} and ${at}${instead}: plug it back, or map the rack again`;
  });
  return lines.filter((line) => line !== null);
}

export const idOf = ({ vendorId, productId }: Pick<UsbHub, 'vendorId' | 'productId'>): string =>
  [vendorId, productId].map((id) => id.toString(16).padStart(4, '0')).join(':');
