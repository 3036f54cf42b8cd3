/** Tells of the next page in a `Link` header too (RFC 8288), and returns the page. */
export function linked<Page extends { readonly next: string | null }>(
  request: {
    readonly path: string;
    readonly search: string;
    setHeader(name: string, value: string): void;
  },
  page: Page,
): Page {
  if (page.next !== null) {
    const query = new URLSearchParams(request.search);
    query.set('cursor', page.next);
    request.setHeader('Link', `<${request.path.replaceAll('>', '%3E')}?${query}>; rel="next"`);
  }
  return page;
}
