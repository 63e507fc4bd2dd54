import { type Container, dockerPolicy } from "../lib/policy.ts";

export const mistakes = ({ restart }: Container): string[] =>
  restart === "always" ? [] : ['is not started again by itself. Set `restart: "always"`: `unless-stopped` stays down after dockerd was killed.'];

export const restartAlways = dockerPolicy({
  name: "restart-always",
  description: "Every container comes back by itself, also when dockerd was killed.",
  container: mistakes,
});
