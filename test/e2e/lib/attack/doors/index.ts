import type { TestStack } from "../../testStack.ts";
import type { Door } from "../door.ts";
import { containersOf, Place } from "../network.ts";
import type { Tenant } from "../tenant.ts";
import { databaseDoors } from "./databaseDoors.ts";
import { metaDoors } from "./metaDoors.ts";
import { networkDoors } from "./networkDoors.ts";
import { realtimeDoors } from "./realtimeDoors.ts";
import { serviceDoors } from "./serviceDoors.ts";
import { storagePathDoors } from "./storagePathDoors.ts";
import { studioDoors } from "./studioDoors.ts";

/** Every way in. `end` takes away what stands in the networks for it. */
export async function allDoors({ name, httpPort, postgresPort }: TestStack): Promise<{ doors: Door[]; end(): Promise<void> }> {
  const containers = await containersOf(name);
  const { image } = containers.find(({ service }) => service === "meta")!;
  const [plane, own] = await Promise.all(["plane", "project-shop"].map((network) => Place.in(name, [`iv-${name}-${network}`], image)));
  const placeOf = ({ architecture }: Tenant): Place => (architecture === "shared" ? plane! : own!);
  return {
    doors: [
      ...serviceDoors(httpPort),
      ...realtimeDoors(httpPort),
      ...storagePathDoors(httpPort),
      ...studioDoors(httpPort),
      ...metaDoors(httpPort, containers),
      ...databaseDoors(postgresPort),
      ...networkDoors({ postgresPort, containers, placeOf }),
    ],
    end: async () => void (await Promise.all([plane!, own!].map((place) => place.leave()))),
  };
}
