import { describe, expect, test } from "@jest/globals";
import { debianRelease, isOld, namesData, noPlaceForData } from "../../lab/docker/decide.ts";
import { newerEngine, newerEngineFolder } from "../../lab/docker/engine.ts";
import { sourcesOf } from "../../lab/docker/sources.ts";

describe("which engine is old", () => {
  test.each([
    ["Docker version 20.10.24+dfsg1, build 5d6db84", true],
    ["Docker version 24.0.9, build 1", true],
    ["Docker version 25.0.0, build 1", false],
    ["Docker version 26.1.5+dfsg1, build 411e817", false],
    ["Docker version 100.0.0, build 1", false],
    ["podman version 4.3.1", false],
    ["", false],
  ])("%j: %s", (said, old) => expect(isOld(said)).toBe(old));
});

test("one that is new enough is left as it is", () => expect(newerEngine("Docker version 26.1.5+dfsg1, build 411e817", () => {})).resolves.toBeUndefined());
test("the newer one is in the cache, under the hash of what fetches it", () =>
  expect(newerEngineFolder({ XDG_CACHE_HOME: "/c" })).toMatch(/^\/c\/indie-ventures\/docker\/[0-9a-f]{16}$/));

describe("which Debian this is", () => {
  test("by its codename", () => expect(debianRelease('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n')).toBe("bookworm"));
  test("its unreleased ones have none", () => expect(debianRelease("ID=debian\n")).toBeUndefined());
  test("what is like Debian is not Debian", () => expect(debianRelease('VERSION_CODENAME="jammy"\nID=ubuntu\nID_LIKE=debian\n')).toBeUndefined());
});

describe("where data can be", () => {
  test("on a disk", () => expect(noPlaceForData(0xef53)).toBeUndefined());
  test("not in memory", () => expect(noPlaceForData(0x01021994)).toBe("a tmpfs"));
  test("not in a container's own root", () => expect(noPlaceForData(0x794c7630)).toBe("an overlay"));
  test("where the installed engine's configuration says it", () => {
    expect(namesData('{ "data-root": "/big" }')).toBe(true);
    expect(namesData('{"graph":"/big"}')).toBe(true);
    expect(namesData('{ "debug": true }')).toBe(false);
    expect(namesData("")).toBe(false);
  });
});

describe("sources of another release", () => {
  const line = (uri: string, suite: string) => `deb [target=Packages signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${uri} ${suite} main\n`;
  const sources = (name: string, text: string) => sourcesOf([{ name, text }], "bookworm", "trixie");
  const deb822 = (text: string) => sources("debian.sources", text);
  const oneLine = (text: string) => sources("sources.list", text);

  test("deb822, as Debian's own images have it", () =>
    expect(
      deb822(`Types: deb
# https://old.example/debian
URIs: https://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`),
    ).toBe(
      line("https://mirror.example/debian", "trixie") +
        line("https://mirror.example/debian", "trixie-updates") +
        line("https://mirror.example/debian-security", "trixie-security"),
    ));

  test("one line each, as Debian's installer writes it", () =>
    expect(
      oneLine(`# deb http://off.example/debian/ bookworm main
deb cdrom:[Debian GNU/Linux 12.0.0 _Bookworm_ - Official amd64 NETINST]/ bookworm main
deb http://mirror.example/debian/ bookworm main non-free-firmware
deb-src http://source.example/debian/ bookworm main
  deb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] http://mirror.example/debian-security bookworm-security main # soon
`),
    ).toBe(line("http://mirror.example/debian/", "trixie") + line("http://mirror.example/debian-security", "trixie-security")));

  test("several in a paragraph, names in any case, values over lines", () =>
    expect(deb822("types: deb-src deb\nuris:\n http://a.example/debian\n# and\n http://b.example/debian\nSUITES: bookworm\nComponents: contrib main\n\n\n")).toBe(
      line("http://a.example/debian", "trixie") + line("http://b.example/debian", "trixie"),
    ));

  test("backports and other releases stay away", () =>
    expect(oneLine("deb http://m.example/debian bookworm-backports main\ndeb http://m.example/debian sid main\ndeb http://m.example/debian bullseye main\n")).toBe(""));

  test.each([
    ["of its own suite", "deb http://o.example/apt bookworm-pgdg main"],
    ["of its own component", "deb http://o.example/linux/debian bookworm stable"],
    ["of its own component, and words", "deb http://o.example/linux/debian bookworm stable # beside main"],
    ["signed with its own key", "deb [signed-by=/usr/share/keyrings/other.gpg] http://o.example bookworm main"],
    ["at one path", "deb http://o.example/apt ./"],
  ])("not Debian's: one line, %s", (_what, text) => expect(oneLine(`${text}\n`)).toBe(""));

  const paragraph = "Types: deb\nURIs: http://o.example/debian\nSuites: bookworm\nComponents: main\n";
  test.each([
    ["signed with its own key", `${paragraph}Signed-By: /etc/apt/keyrings/other.asc\n`],
    ["with its own key inside", `${paragraph}Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBGO\n -----END PGP PUBLIC KEY BLOCK-----\n`],
    ["of its own suite", paragraph.replace("bookworm", "nodistro")],
    ["of its own component", paragraph.replace("main", "stable")],
    ["sources only", paragraph.replace("deb", "deb-src")],
    ["switched off", `Enabled: no\n${paragraph}`],
  ])("not Debian's: deb822, %s", (_what, text) => expect(deb822(text)).toBe(""));

  test("a place that two files name is one place", () =>
    expect(
      sourcesOf(
        [
          { name: "sources.list", text: "deb http://m.example bookworm main\n" },
          { name: "debian.sources", text: "Types: deb\nURIs: http://m.example\nSuites: bookworm\nComponents: main" },
        ],
        "bookworm",
        "trixie",
      ),
    ).toBe(line("http://m.example", "trixie")));
});
