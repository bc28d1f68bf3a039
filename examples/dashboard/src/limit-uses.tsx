// The limits that are set on an account, and how far each is used.
import type { AccountRisk } from '../../../client/index.ts';
import { limitName, usedPart, usedText, wholeText } from './limit-words.ts';

export function LimitUses({ risk: { uses, currency } }: { risk: AccountRisk }) {
  return (
    <section className="uses" aria-label="Limits">
      <h3>Limits of your own</h3>
      {uses.length === 0 ? (
        <p className="quiet">None is set.</p>
      ) : (
        <ul role="list">
          {uses.map((use) => {
            const part = usedPart(use);
            const name = `${limitName[use.limit]}${use.epic === null ? '' : ` in ${use.epic}`}`;
            const text = usedText(use, currency);
            const whole = wholeText(use);
            return (
              <li
                key={`${use.limit} ${use.epic}`}
                data-limit={use.limit}
                className={part === 1 ? 'exhausted' : undefined}
              >
                <p>
                  <span>{name}</span>
                </p>
                <p>
                  <strong>{text}</strong>
                </p>
                {part !== null && (
                  <div
                    className="bar"
                    role="meter"
                    aria-label={name}
                    aria-valuemin={0}
                    aria-valuemax={100}
                    aria-valuenow={Math.round(part * 100)}
                    aria-valuetext={text}
                  >
                    <i style={{ width: `${part * 100}%` }} />
                  </div>
                )}
                {whole && <p className="quiet">{whole}</p>}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
