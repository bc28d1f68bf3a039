CREATE TABLE "portfolio_days" (
	"portfolio_id" text NOT NULL,
	"on" text NOT NULL,
	"value" numeric,
	"inflow" numeric,
	"outflow" numeric,
	"missing" jsonb NOT NULL,
	"flows" jsonb NOT NULL,
	"gains" jsonb,
	"holdings" jsonb NOT NULL,
	"cash" jsonb NOT NULL,
	CONSTRAINT "portfolio_days_portfolio_id_on_pk" PRIMARY KEY("portfolio_id","on")
);
--> statement-breakpoint
CREATE TABLE "portfolio_price_revisions" (
	"user_id" text PRIMARY KEY NOT NULL,
	"revision" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
DROP INDEX "portfolio_transactions_instrument_idx";--> statement-breakpoint
ALTER TABLE "portfolio_prices" ADD COLUMN "revision" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "portfolio_days" ADD CONSTRAINT "portfolio_days_portfolio_id_portfolios_id_fk" FOREIGN KEY ("portfolio_id") REFERENCES "public"."portfolios"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "portfolio_prices_revision_idx" ON "portfolio_prices" USING btree ("user_id","revision");--> statement-breakpoint
CREATE INDEX "portfolio_transactions_on_idx" ON "portfolio_transactions" USING btree ("portfolio_id","on","number");--> statement-breakpoint
CREATE INDEX "portfolio_transactions_instrument_on_idx" ON "portfolio_transactions" USING btree ("portfolio_id","instrument","on");