/** Text as it must stand between the quotes of curl's configuration, which knows the escapes of JSON that a JSON text needs (curl.1, --config). */
const quoted = (text: string): string => JSON.stringify(text);

const request = (method: string, project: string, token: string, body?: string): string =>
  [
    `url = ${quoted(`http://127.0.0.1:4000/api/tenants/${project}`)}`,
    `request = ${method}`,
    "fail",
    "silent",
    "show-error",
    `header = ${quoted(`Authorization: Bearer ${token}`)}`,
    'header = "Content-Type: application/json"',
    'output = "/dev/null"',
    // Making a tenant makes its tables, and one that can not reach its database waits for that.
    "max-time = 90",
    ...(body === undefined ? [] : [`data-raw = ${quoted(body)}`]),
  ].join("\n");

/** What realtimeTenant.sh is given: curl's configuration of each request, under its name. Secret. */
export const renderTenantRequests = (project: string, token: string, bodies: { put: string; detach: string }): string =>
  [
    ["put", request("PUT", project, token, bodies.put)],
    ["detach", request("PATCH", project, token, bodies.detach)],
    ["delete", request("DELETE", project, token)],
  ]
    .map(([name, text]) => `=== ${name}\n${text}\n`)
    .join("");
