// An address that leads nowhere: said, with the ways on.
import { ViewTitle } from './view-title.tsx';

export const Nowhere = ({ what }: { what?: string }) => (
  <main className="centre">
    <section className="card" aria-labelledby="nowhere-title">
      <ViewTitle id="nowhere-title" view="nowhere">
        Nothing is here
      </ViewTitle>
      <p>{what ?? 'There is no page at this address. It may have been mistyped, or have moved.'}</p>
      <p>
        <a className="button primary" href="/">
          To the prices
        </a>
      </p>
      <p className="quiet">
        Programs find everything in <a href="/api/docs/">the API documents</a>.
      </p>
    </section>
  </main>
);
