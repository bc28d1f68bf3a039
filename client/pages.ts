// Lists that come page by page, read with `for await`.

/** A list whose input takes a `cursor` and whose pages have the next one: `api.trading.listDeals` and its like. */
export interface PagedList {
  query: (input: any, options?: { signal?: AbortSignal }) => Promise<{ nextCursor: string | null }>;
}

/**
 * The pages of a list in its own order, each asked for when it is needed: whoever leaves the loop asks for no more. `input` as for the call
 * itself, a `cursor` in it being where to begin; `limit` is how many are in a page (50 where it is left out, 500 at most). Rows that are
 * added meanwhile do not shift it. Rejects as the call does.
 */
export async function* pagesOf<List extends PagedList>(
  list: List,
  input: Parameters<List['query']>[0],
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Awaited<ReturnType<List['query']>>, void> {
  for (let { cursor } = input as { cursor?: string | null }; cursor !== null;) {
    const page = await list.query(cursor === undefined ? input : { ...input, cursor }, options);
    yield page as Awaited<ReturnType<List['query']>>;
    cursor = page.nextCursor;
  }
}
