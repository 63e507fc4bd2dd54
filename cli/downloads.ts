/** Whether Pulumi's own downloads (CLI and plugins) are to be had. Asked once: it decides for all of them together. */
export function pulumiDownloads(fetchIt: typeof fetch = fetch): () => Promise<boolean> {
  let answer: Promise<boolean> | undefined;
  return () =>
    (answer ??= fetchIt("https://get.pulumi.com/install.sh", { method: "HEAD", signal: AbortSignal.timeout(3000) }).then(
      (response) => response.ok,
      () => false,
    ));
}
