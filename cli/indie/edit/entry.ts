import { stringify } from "yaml";

/** A project as `indie add` writes it. */
export interface Entry {
  name: string;
  /** @default what `defaults` says */
  architecture?: string;
  /** The stack (= server) that it lives on. @default what `defaults` says */
  server?: string;
  domains?: string[];
}

/** Words that some readers of YAML take for true or false; projects.yaml refuses them without quotes (spec/yamlTraps.ts). */
const AMBIGUOUS = /^(?:y|yes|n|no|on|off)$/i;

const scalar = (text: string, json = false): string =>
  json || AMBIGUOUS.test(text) ? JSON.stringify(text) : stringify(text, { lineWidth: 0 }).trim();

const fieldsOf = ({ name, architecture, server, domains = [] }: Entry) => ({
  name,
  ...(architecture === undefined ? {} : { architecture }),
  ...(server === undefined ? {} : { server }),
  ...(domains.length === 0 ? {} : { domains }),
});

/** The entry as a value. */
export const entryValue = (entry: Entry): Record<string, string | string[]> => fieldsOf(entry);

const value = (text: string | string[], json = false): string =>
  Array.isArray(text) ? `[${text.map((each) => scalar(each, json)).join(", ")}]` : scalar(text, json);

/** A field in a line of its own. */
export const blockField = (name: string, text: string | string[]): string => `${name}: ${value(text)}`;

/** The entry's fields, each in a line of its own; nothing before them. */
export const blockLines = (entry: Entry): string[] => Object.entries(fieldsOf(entry)).map(([name, text]) => blockField(name, text));

export interface FlowStyle {
  /** A space within the braces. */
  padded: boolean;
  /** Quotes around everything, as JSON has them. */
  json: boolean;
}

/** A field within braces. */
export const flowField = (name: string, text: string | string[], json: boolean): string =>
  `${json ? JSON.stringify(name) : name}: ${value(text, json)}`;

/** The entry in one line, in braces. */
export function flowEntry(entry: Entry, { padded, json }: FlowStyle): string {
  const space = padded ? " " : "";
  return `{${space}${Object.entries(fieldsOf(entry))
    .map(([name, text]) => flowField(name, text, json))
    .join(", ")}${space}}`;
}
