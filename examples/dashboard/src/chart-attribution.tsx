// What the licence of the drawing library asks for, below each chart or pair of charts.
export const ChartAttribution = () => (
  <small className="attribution">
    <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
      TradingView Lightweight Charts™
    </a>{' '}
    © 2026 TradingView, Inc.
  </small>
);
