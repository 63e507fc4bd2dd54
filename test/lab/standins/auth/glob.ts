/** gobwas/glob with the separators "." and "/" as a regular expression (upstream: internal/conf/configuration.go, ApplyDefaults). */
export function globToRegExp(glob: string): RegExp {
  let source = "";
  let depth = 0;
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!;
    if (char === "\\" && i + 1 < glob.length) source += escape(glob[++i]!);
    else if (char === "*" && glob[i + 1] === "*") (source += ".*"), i++;
    else if (char === "*") source += "[^./]*";
    else if (char === "?") source += "[^./]";
    else if (char === "{") (source += "(?:"), depth++;
    else if (char === "}" && depth > 0) (source += ")"), depth--;
    else if (char === "," && depth > 0) source += "|";
    else if (char === "[" && glob.indexOf("]", i) > i) {
      const end = glob.indexOf("]", i);
      source += `[${glob.slice(i + 1, end).replace(/^!/, "^").replace(/\\/g, "\\\\")}]`;
      i = end;
    } else source += escape(char);
  }
  return new RegExp(`^${source}$`, "s");
}

function escape(char: string): string {
  return char.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
}
