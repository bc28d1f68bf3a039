// One market's chart with what is dealt in it and its alerts: its resolution, and the question before a level that was dragged is sent.
import { Suspense, useMemo, useState } from 'react';
import type { Deal, FTraderClient, MarketDetails, Position } from '../../../client/index.ts';
import type { OpenAlert } from './alert-book.tsx';
import type { AlertSeed } from './alert-form.tsx';
import type { AlertsPanelProps } from './alerts-panel.tsx';
import { barsOf } from './candles.ts';
import { useChartAlerts, type ChartAlerts } from './chart-alerts.tsx';
import { amended, chartLines, type Amendment } from './chart-lines.ts';
import { ChartAttribution } from './chart-attribution.tsx';
import { Choice } from './choice.tsx';
import { levelText, quotedTo } from './format.ts';
import { lazyPart } from './lazy-part.tsx';
import { LevelField } from './level-field.tsx';
import type { NotificationNews } from './notification-news.ts';
import type { ShownOrder } from './order-book.ts';
import type { PriceBoard } from './prices.ts';
import { isIntraday, keepResolution, keptResolution, resolutionName } from './resolutions.ts';
import { useAlerts } from './use-alerts.ts';
import { useCandles } from './use-candles.ts';

const CandleChart = lazyPart('The chart', () => import('./candle-chart.tsx'));
const AlertsPanel = lazyPart<AlertsPanelProps>('Alerts', () => import('./alerts-panel.tsx'));

export interface ChartPanelProps {
  api: FTraderClient['api'];
  feed: string | undefined;
  market: MarketDetails;
  live: boolean;
  /** Tells when an alert was told. */
  news: NotificationNews;
  board: PriceBoard;
  positions: readonly Position[];
  orders: readonly ShownOrder[];
  changing(dealId: string, kind: 'amend' | 'amend_order' | 'cancel_order'): Deal | undefined;
  dealOf(id: string): Deal | undefined;
  hear(deal: Deal): void;
}

/** Draw it with the market as `key`. */
export function ChartPanel({ market, news, board, ...rest }: ChartPanelProps) {
  const { api, feed } = rest;
  const { epic } = market;
  const alerts = useAlerts(api, { epic, feed }, news);
  const [open, onOpen] = useState<OpenAlert<AlertSeed>>();
  const [said, onSaid] = useState('');
  const onMore = (seed: AlertSeed | undefined) => onOpen({ seed });
  const ofAlerts = useChartAlerts({ api, epic, feed, alerts, board, onSaid, onMore });
  function onPlace() {
    const bid = board.quote(epic)?.tick.bid;
    if (bid) ofAlerts.propose(quotedTo(bid, market.decimalPlaces), 'button');
    else onMore(undefined); // there is no place to begin with
  }
  const [resolution, setResolution] = useState(keptResolution);
  return (
    <section className="chart" aria-labelledby="chart-title">
      <div className="book-head">
        <h2 id="chart-title">
          {market.name} <span className="quiet">chart of the bid</span>
        </h2>
        <Choice
          label="Length of a candle"
          options={resolutionName}
          chosen={resolution}
          onChoose={(next) => {
            setResolution(next);
            keepResolution(next);
          }}
        />
      </div>
      <Chart key={resolution} {...{ market, resolution, ofAlerts }} {...rest} />
      <ChartAttribution />
      <Suspense fallback={<div className="alerts-to-come" />}>
        <AlertsPanel {...{ api, market, feed, alerts, board, open, onOpen, said, onSaid, onPlace }} />
      </Suspense>
    </section>
  );
}

function Chart({
  api,
  feed,
  market: { epic, name, scalingFactor, decimalPlaces },
  live,
  resolution,
  ofAlerts,
  positions,
  orders,
  changing,
  dealOf,
  hear,
}: Omit<ChartPanelProps, 'news' | 'board'> & {
  resolution: ReturnType<typeof keptResolution>;
  ofAlerts: ChartAlerts;
}) {
  const { candles, gaps, isRead, problem, older } = useCandles(api, { feed, epic, resolution, live });
  const [draft, setDraft] = useState<{ key: string; level: string; isSent: boolean }>();
  const bars = useMemo(() => barsOf(candles), [candles]);
  const lines = [...chartLines(epic, positions, orders, scalingFactor), ...ofAlerts.lines];
  const line = lines.find(({ key }) => key === draft?.key);
  const amends = line && line.amends !== 'alert' ? line.amends : undefined;
  const last = bars.at(-1);
  return (
    <div
      className="chart-place"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !ofAlerts.question) return;
        event.stopPropagation(); // what lies around it stays open
        ofAlerts.dismiss();
      }}
    >
      <Suspense fallback={null}>
        <CandleChart
          {...{ bars, lines, draft: line && draft }}
          places={decimalPlaces}
          intraday={isIntraday(resolution)}
          seconds={resolution === 'SECOND'}
          locked={line !== undefined && draft?.isSent === true}
          focused={ofAlerts.focused}
          onDraft={(key, level) => {
            if (ofAlerts.lines.some((each) => each.key === key)) return ofAlerts.move(key, level);
            ofAlerts.dismiss(); // one question at a time
            setDraft({ key, level, isSent: false });
          }}
          onPress={(level) => {
            if (!draft) ofAlerts.propose(level, 'press');
          }}
          onOldest={older}
        />
      </Suspense>
      <p className="hidden" data-testid="chart-summary">
        {last
          ? `${bars.length} candles of ${resolutionName[resolution]}; the last opened at ${last.open}, was at ${last.high} at most and ${last.low} at least, and stands at ${last.close}.`
          : 'No candle yet.'}
      </p>
      {bars.length === 0 && (
        <p className="chart-none quiet" role="status">
          {problem ? problem.message : isRead ? 'No candle is known yet.' : 'Reading candles…'}
        </p>
      )}
      {gaps[0] && bars.length > 0 && (
        <p className="chart-gap quiet" title={gaps.map(({ message }) => message).join('\n')}>
          Not all is known: {gaps[0].message}
        </p>
      )}
      {!draft && ofAlerts.question}
      {draft && line && amends && (
        <div className="chart-draft" role="group" aria-label={`Change of ${line.label}`}>
          <p>
            {line.label}: <b>{levelText(line.level)}</b> to
          </p>
          <LevelField
            key={`${draft.key} ${draft.level}`}
            label={`${line.label} of ${name}, dragged`}
            heading=""
            value={line.level}
            underWay={underWay(amends)}
            send={sending(amends, line.level)}
            draft={{
              level: draft.level,
              onSent: () => setDraft({ ...draft, isSent: true }),
              onEnd: () => setDraft(undefined),
            }}
            {...{ name, dealOf, hear }}
          />
        </div>
      )}
    </div>
  );

  function underWay({ of, dealId }: Amendment) {
    return of === 'position'
      ? changing(dealId, 'amend')
      : (changing(dealId, 'amend_order') ?? changing(dealId, 'cancel_order'));
  }
  function sending(change: Amendment, before: string) {
    const { of, dealId } = change;
    const { accountId } = [...positions, ...orders].find((each) => each.dealId === dealId) ?? {};
    return (next: string | null, idempotencyKey: string) => {
      const amend = api.trading[of === 'order' ? 'amendOrder' : 'amendPosition'];
      return amend.mutate({ accountId, dealId, idempotencyKey, ...amended(change, next ?? before) });
    };
  }
}
