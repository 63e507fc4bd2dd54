/** `urn:pulumi:<stack>::<project>::<type of the parents>$<type>::<name>` */
export interface Urn {
  type: string;
  /** May hold anything, also `::`. */
  name: string;
}

export function parseUrn(urn: string): Urn {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.slice(types.lastIndexOf("$") + 1), name: name.join("::") };
}
