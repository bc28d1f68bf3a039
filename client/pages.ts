// Lists that come page by page, read with `for await`.

/** A list whose input takes a `cursor` and whose pages have the next one: `api.trading.listDeals` and its like. */
export interface PagedList<Input, Page> {
  query: (input: Input, options?: { signal?: AbortSignal }) => Promise<Page>;
}

/**
 * The pages of a list in its own order, each asked for when it is needed: whoever leaves the loop asks for no more. `input` as for the call
 * itself, a `cursor` in it being where to begin; `limit` is how many are in a page (50 where it is left out, 500 at most). Rows that are
 * added meanwhile do not shift it. Rejects as the call does.
 */
export async function* pagesOf<
  Input extends { cursor?: string | undefined },
  Page extends { nextCursor: string | null },
>(
  list: PagedList<Input, Page>,
  input: Input,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Page, void> {
  for (let cursor: string | null | undefined = input.cursor; cursor !== null;) {
    const page: Page = await list.query(cursor === undefined ? input : { ...input, cursor }, options);
    yield page;
    cursor = page.nextCursor;
  }
}
