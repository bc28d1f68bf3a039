// What the simulated broker is told to do wrong for an account: a switch for each fault, and whether it has struck.
import { useId } from 'react';
import type { Account, FTraderClient, SimulatedFault } from '../../../client/index.ts';
import { Problem } from './problem.tsx';
import { useReading } from './reading.ts';
import { useAction } from './use-action.ts';

export interface AccountFaultsProps {
  api: FTraderClient['api'];
  account: Account;
}

/** Nothing tells that a fault has struck: what is shown is so old at most. */
const readEveryMs = 3_000;
const stateWords: Record<SimulatedFault['state'], string> = { off: 'Off', armed: 'On', spent: 'Has struck' };

export default function AccountFaults({ api, account: { id } }: AccountFaultsProps) {
  const { data: faults, again } = useReading(
    ['accounts.listFaults', id],
    async () => (await api.accounts.listFaults.query({ id })).faults,
    { everyMs: () => readEveryMs },
  );
  const { busy, problem, run } = useAction();
  const turn = (fault: SimulatedFault['fault'], on: boolean) =>
    void run(() => api.accounts.setFault.mutate({ id, fault, on }), again);
  const part = (strikes: SimulatedFault['strikes']) =>
    (faults ?? [])
      .filter((each) => each.strikes === strikes)
      .map((each) => <Switch key={each.fault} {...each} busy={busy} onTurn={turn} />);
  return (
    <section className="faults" aria-label="Faults of the simulated broker">
      <p className="quiet">
        A real broker loses answers, drops streams and goes down for maintenance. Here the simulated one does
        it when you say so.
      </p>
      {problem && <Problem problem={problem} />}
      {!faults && (
        <p className="none" role="status">
          Reading the switches…
        </p>
      )}
      {faults && (
        <>
          <h3>On this account</h3>
          <ul role="list">{part('account')}</ul>
          <h3>For everybody at this simulator</h3>
          {faults.some(({ allowed }) => !allowed) && <p className="quiet">An administrator sets these.</p>}
          <ul role="list">{part('everybody')}</ul>
        </>
      )}
    </section>
  );
}

function Switch({
  fault,
  title,
  what,
  state,
  hits,
  allowed,
  busy,
  onTurn,
}: SimulatedFault & { busy: boolean; onTurn(fault: SimulatedFault['fault'], on: boolean): void }) {
  const whatId = useId();
  const isOn = state === 'armed';
  return (
    <li data-fault={fault} data-state={state}>
      <button
        type="button"
        role="switch"
        aria-checked={isOn}
        aria-describedby={whatId}
        aria-disabled={busy || !allowed}
        onClick={() => allowed && onTurn(fault, !isOn)}
      >
        {title}
      </button>
      <span className={`badge fault-${state}`} role="status">
        {stateWords[state]}
        {state !== 'off' && hits > 0 ? ` · ${hits} ×` : ''}
      </span>
      <p id={whatId} className="quiet">
        {what}
      </p>
    </li>
  );
}
