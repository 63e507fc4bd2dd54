import { dockerPolicy, known } from "../lib/policy.ts";

/**
 * The labels of ours, and what may stand in them. All that there may be: everybody who may list containers reads labels, and so that no
 * secret gets there, nothing gets there that has not the form of a name.
 */
const LABELS: Record<string, { is: RegExp; isRequired: boolean }> = {
  "indie-ventures.stack": { is: /^[\w.-]{1,100}$/, isRequired: true },
  "indie-ventures.state": { is: /^[0-9a-f]{16}$/, isRequired: true },
  "indie-ventures.service": { is: /^[a-z][a-z-]{1,24}$/, isRequired: true },
  "indie-ventures.project": { is: /^[a-z][a-z0-9-]{2,18}$/, isRequired: false },
};

interface Labelled {
  labels?: { label: string; value: string }[];
}

export function mistakes({ labels = [] }: Labelled): string[] {
  const missing = Object.keys(LABELS).filter((name) => LABELS[name]!.isRequired && !labels.some(({ label }) => label === name));
  const foreign = labels.filter(({ label }) => !(label in LABELS)).length;
  const wrong = labels.filter((each) => known(() => LABELS[each.label]?.is.test(each.value)) === false);
  return [
    ...missing.map((name) => `has no label ${name}. Take its labels from \`labels\` of components/ours.ts: recovery and clean-up know it by them.`),
    ...(foreign === 0 ? [] : [`has ${foreign} more than the labels of ours. Everybody reads labels: take away what is not from components/ours.ts.`]),
    ...wrong.map(({ label }) => `has a label ${label} that is no name. Everybody reads labels: no secret may be in one.`),
  ];
}

export const labels = dockerPolicy({
  name: "labels",
  description: "Containers, networks and volumes carry the labels of ours and no other, and no secret in them.",
  container: mistakes,
  network: mistakes,
  volume: mistakes,
});
