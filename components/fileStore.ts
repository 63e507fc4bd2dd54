import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { fixedName, labels } from "./ours.ts";
import type { Server } from "./server/server.ts";
import { FILES_BUCKET, FILES_DIRECTORY, projectFilesDirectory } from "./services/storage.ts";

export interface FileStoreArgs {
  server: Server;
  /** Protect the data (stack config `protectData`). */
  protect: boolean;
}

/** Where a container sees files. */
export interface FilesMount {
  volumeName: pulumi.Output<string>;
  containerPath: string;
}

/** The stored files of all projects, in one volume, a folder for each. */
export class FileStore extends pulumi.ComponentResource {
  private readonly args: FileStoreArgs;
  private readonly volume: docker.Volume;

  constructor(name: string, args: FileStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:FileStore", name, {}, opts);
    const { server, protect } = args;
    this.args = args;
    this.volume = new docker.Volume(
      name,
      { name: fixedName(server.stack, name), labels: labels(server, "storage") },
      { parent: this, provider: server.docker, protect },
    );
    this.registerOutputs({});
  }

  /** Every project's, for the services of the plane. */
  all(): FilesMount {
    return { volumeName: this.volume.name, containerPath: FILES_DIRECTORY };
  }

  /**
   * One project's, for services of its own, at the same place inside. A volume that is a folder of another one: engine 20.10 mounts no
   * sub-path (DESIGN §4).
   */
  only(project: string, folder: pulumi.Resource, parent: pulumi.Resource): FilesMount {
    const { server } = this.args;
    const volume = new docker.Volume(
      `${project}-files`,
      {
        name: fixedName(server.stack, `${project}-files`),
        driver: "local",
        driverOpts: { type: "none", o: "bind", device: pulumi.interpolate`${this.volume.mountpoint}/${FILES_BUCKET}/${project}` },
        labels: labels(server, "storage", project),
      },
      { parent, provider: server.docker, dependsOn: [folder] },
    );
    return { volumeName: volume.name, containerPath: projectFilesDirectory(project) };
  }
}
