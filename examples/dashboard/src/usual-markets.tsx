// What is offered where the list that is shown is empty, or is one of the other kind of account: the dozen that most people look at.
import type { AccountType, Watchlist } from '../../../client/index.ts';
import { usualMarkets } from '../../../shared/usual-markets.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';
import type { Watchlists } from './use-watchlists.ts';
import { isOfOtherKind } from './watchlist.ts';

const kindWords: Record<AccountType, string> = { CFD: 'CFDs', SPREADBET: 'spread bets' };

export function UsualMarkets({
  watchlists: { keeper, lists, choose },
  list,
  type,
}: {
  watchlists: Watchlists;
  list: Watchlist;
  type: AccountType;
}) {
  const { busy, problem, run } = useAction();
  const isOther = isOfOtherKind(list, type);
  if (!isOther && list.epics.length > 0) return null;
  const name = `Popular ${kindWords[type]}`;
  const there = lists?.find((each) => each.name === name && each.id !== list.id);
  const show = () =>
    isOther
      ? void run(
          async () => there ?? keeper.create(name, usualMarkets[type]),
          ({ id }) => choose(id),
        )
      : void keeper.edit(list.id, () => usualMarkets[type]);
  return (
    <div className={isOther ? 'notice' : undefined}>
      {isOther && `The markets of this list are not for an account for ${kindWords[type]}. `}
      <button type="button" aria-disabled={busy} onClick={show}>
        {isOther ? `Show popular ${kindWords[type]}` : 'Show the usual dozen'}
      </button>
      {problem && <Problem problem={problem} />}
    </div>
  );
}
