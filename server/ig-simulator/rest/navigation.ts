// The ways to the markets without a search: the tree of nodes and leaves, and categories page by page.
import type { Instrument } from '../market/instrument.ts';
import { hashText } from '../random.ts';
import type { PriceSource } from '../market/price.ts';
import { double } from '../numbers.ts';
import { endpoint, IgError, type Endpoint } from './endpoint.ts';
import { row, status } from './markets.ts';
import { whole } from './range.ts';

const bets: Record<Instrument['type'], string> = {
  CURRENCIES: 'Forex',
  INDICES: 'Indices',
  COMMODITIES: 'Commodities',
  SHARES: 'Shares',
  RATES: 'Rates',
  UNKNOWN: 'Options',
};
/** The first word of a group: `Shares - US` and `Forex (mini)` hang under Shares and Forex. */
export const familyOf = ({ group }: Instrument) => group.split(/ - | \(/)[0]!;
const leafOf = ({ expiry, group, type }: Instrument) => (expiry === 'DFB' ? bets[type] : group);

interface Node {
  id: string;
  name: string;
  nodes: Node[];
  markets: PriceSource[];
}
/** Digits, the same whatever else is on offer. */
const idOf = (path: string) => String(100_000 + (hashText(path) % 900_000));

function treeOf(sources: readonly PriceSource[]): Node[] {
  const child = (nodes: Node[], id: string, name: string) => {
    const found = nodes.find((node) => node.name === name);
    if (found) return found;
    const node: Node = { id, name, nodes: [], markets: [] };
    nodes.push(node);
    return node;
  };
  const roots: Node[] = [];
  for (const source of sources) {
    const [family, leaf] = [familyOf(source.instrument), leafOf(source.instrument)];
    child(child(roots, idOf(family), family).nodes, idOf(`${family}/${leaf}`), leaf).markets.push(source);
  }
  // A family of one leaf is that leaf.
  return roots.map((root) => (root.nodes.length === 1 ? { ...root.nodes[0]!, name: root.name } : root));
}

export function navigationEndpoints(sources: ReadonlyMap<string, PriceSource>): Endpoint[] {
  const all = [...sources.values()];
  const roots = treeOf(all);
  const nodes = new Map(roots.flatMap((root) => [root, ...root.nodes]).map((node) => [node.id, node]));
  const categories = new Map<string, PriceSource[]>();
  for (const source of all) {
    const code = familyOf(source.instrument).toUpperCase().replaceAll(' ', '_');
    categories.set(code, [...(categories.get(code) ?? []), source]);
  }
  const list = (level: readonly Node[]) => level.map(({ id, name }) => ({ id, name }));
  const market = (source: PriceSource) => ({
    ...row(source),
    lotSize: double(source.instrument.lotSize),
    otcTradeable: true,
  });
  return [
    endpoint('GET /marketnavigation', [1], {}, () => ({ body: { nodes: list(roots), markets: null } })),
    endpoint(
      'GET /marketnavigation/:nodeId',
      [1],
      { example: { params: { nodeId: idOf('Forex') } } },
      ({ params }) => {
        const node = nodes.get(params['nodeId']!);
        const { nodes: inner = [], markets = [] } = node ?? {}; // one that is not there has neither
        return {
          body: {
            nodes: inner.length > 0 ? list(inner) : null,
            markets: markets.length > 0 ? markets.map(market) : null,
          },
        };
      },
    ),
    endpoint('GET /categories', [1], {}, () => ({
      body: { categories: [...categories.keys()].map((code) => ({ code, nonTradeable: false })) },
    })),
    endpoint(
      'GET /categories/:id/instruments',
      [1],
      { example: { params: { id: 'FOREX' }, query: 'pageNumber=0&pageSize=1' } },
      ({ params, query }) => {
        const category = categories.get(params['id']!);
        if (!category) throw new IgError(404, 'invalid.url');
        const pageNumber = whole(query.get('pageNumber'), 0, 0);
        const pageSize = whole(query.get('pageSize'), 150, 1, 1_000);
        const instruments = category
          .slice(pageNumber * pageSize, (pageNumber + 1) * pageSize)
          .map((source) => {
            const { streamingPricesAvailable: _, updateTimeUTC: __, ...rest } = market(source);
            return { ...rest, marketStatus: status(source.current()) };
          });
        return { body: { instruments, metadata: { pageNumber, pageSize } } };
      },
    ),
  ];
}
