/** The first whose health checks have a start interval: https://docs.docker.com/engine/release-notes/25.0/ */
const NEEDED = 25;

/** The 20 of `Docker version 20.10.24+dfsg1, build 5d6db84`, which is how `dockerd --version` says it. */
const majorVersion = (said: string): number => Number(/^Docker version (\d+)\./.exec(said)?.[1]);

/** What can not be read is not old: NaN is not less. */
export const isOld = (said: string): boolean => majorVersion(said) < NEEDED;

/** Release and distribution of /etc/os-release; undefined where that is not Debian, of which others are made but not the same. */
export function debianRelease(osRelease: string): string | undefined {
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, "m").exec(osRelease)?.[1];
  return field("ID") === "debian" ? field("VERSION_CODENAME") : undefined;
}

/** Whether /etc/docker/daemon.json says where data is: that is then the installed engine's, and a dockerd that is told so twice does not start. */
export const namesData = (daemonJson: string): boolean => /"(?:data-root|graph)"\s*:/.test(daemonJson);

/** `f_type` of statfs(2). */
const NO_PLACE_FOR_DATA = new Map([
  [0x01021994, "a tmpfs"],
  [0x794c7630, "an overlay"],
]);

/** Why Docker's data can not be on such a filesystem: overlay2 is not for an overlay, and memory is not for images. */
export const noPlaceForData = (type: number): string | undefined => NO_PLACE_FOR_DATA.get(type);
