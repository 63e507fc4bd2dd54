// From where apt has this computer's Debian, to have the packages of another release from there. Pure: engine.ts reads the files.

/** The keys of all of Debian's releases that this computer knows. Naming it keeps out whatever somebody else has signed. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** One place of apt's, sources.list(5). */
interface Place {
  uri: string;
  suite: string;
  components: string[];
  /** The keys that it must be signed with; undefined: any that apt trusts. */
  signedBy: string | undefined;
}

const words = (text = ""): string[] => text.split(/\s+/).filter(Boolean);

/** `deb [signed-by=… arch=…] URI SUITE COMPONENT…` on each line. */
function oneLinePlaces(text: string): Place[] {
  const lines = text.split("\n").map((line) => /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)([^#]*)/.exec(line));
  return lines.filter((line) => line !== null).map(([, options, uri, suite, components]) => ({
    uri: uri!,
    suite: suite!,
    components: words(components),
    signedBy: /(?:^|\s)signed-by=(\S+)/i.exec(options ?? "")?.[1],
  }));
}

/** Fields of a paragraph, by their names in small letters: case says nothing in them. A field goes on in lines that begin with a blank. */
function fields(paragraph: string): Map<string, string> {
  const joined = paragraph.replace(/\n[ \t]+/g, " ");
  return new Map([...joined.matchAll(/^([\w-]+):(.*)$/gm)].map(([, name, value]) => [name!.toLowerCase(), value!.trim()]));
}

/** Paragraphs of `Types:`, `URIs:`, `Suites:`, `Components:`, each of which may name several. */
function deb822Places(text: string): Place[] {
  const withoutComments = text.replace(/^#.*\n?/gm, "");
  return withoutComments.split(/\n\s*\n/).map(fields).flatMap((paragraph) => {
    if (!words(paragraph.get("types")).includes("deb") || /^(no|false|off|0)$/i.test(paragraph.get("enabled") ?? "")) return [];
    const both = { components: words(paragraph.get("components")), signedBy: paragraph.get("signed-by") };
    return words(paragraph.get("uris")).flatMap((uri) => words(paragraph.get("suites")).map((suite) => ({ uri, suite, ...both })));
  });
}

/** A file of apt's sources: its name tells its form. */
export interface SourcesFile {
  name: string;
  text: string;
}

const places = ({ name, text }: SourcesFile): Place[] => (name.endsWith(".sources") ? deb822Places(text) : oneLinePlaces(text));

/** Others publish for `bookworm` too: in components of their own names, or signed with their own keys. */
const isDebians = ({ components, signedBy }: Place): boolean =>
  components.includes("main") && (signedBy === undefined || /\/debian-archive-[^/]*$/.test(signedBy));

/**
 * The text of a sources file for `wanted`, from the places that have `release`; security and updates too, of which the newest package
 * may be in either. Not backports. Empty: this computer's Debian comes from nowhere that we know.
 * @param release this computer's, by its codename
 * @param wanted another's codename
 */
export function sourcesOf(files: SourcesFile[], release: string, wanted: string): string {
  const suites = new Map(["", "-updates", "-security"].map((part) => [release + part, wanted + part]));
  const lines = files.flatMap(places).filter(isDebians).filter(({ suite }) => suites.has(suite)).map(({ uri, suite }) =>
    // Only the lists of packages: neither translations nor what a software centre wants.
    `deb [target=Packages signed-by=${KEYRING}] ${uri} ${suites.get(suite)} main\n`);
  return [...new Set(lines)].join("");
}
