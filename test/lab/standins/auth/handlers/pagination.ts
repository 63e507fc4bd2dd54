import { HttpError, badRequest } from "../errors.ts";

export type Page = { readonly page: number; readonly perPage: number };

/** @throws HttpError 400; upstream: internal/api/pagination.go */
export function paginate(query: URLSearchParams): Page {
  const read = (name: string, byDefault: number) => {
    const text = query.get(name);
    if (!text) return byDefault;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw badRequest("validation_failed", `Bad Pagination Parameters: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  };
  const page = { page: Math.max(read("page", 1), 1), perPage: read("per_page", 50) };
  // Upstream divides by it and panics.
  if (page.perPage === 0) throw new HttpError(500, "", "Internal Server Error");
  return page;
}

export function paginationHeaders(url: URL, { page, perPage }: Page, total: number): Record<string, string> {
  const pages = Math.ceil(total / perPage);
  const link = (number: number, rel: string) => {
    const query = new URLSearchParams(url.searchParams);
    query.set("page", String(number));
    query.sort();
    return `<${url.pathname}?${query}>; rel="${rel}"`;
  };
  const links = [...(pages > page ? [link(page + 1, "next")] : []), link(pages, "last")];
  return { Link: links.join(", "), "X-Total-Count": String(total) };
}
