CREATE TABLE "portfolio_prices" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"kind" text NOT NULL,
	"of" text NOT NULL,
	"into" text NOT NULL,
	"on" text NOT NULL,
	"value" numeric NOT NULL,
	"currency" text NOT NULL,
	"entered_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "portfolio_transactions" (
	"id" text PRIMARY KEY NOT NULL,
	"portfolio_id" text NOT NULL,
	"user_id" text NOT NULL,
	"number" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"on" text NOT NULL,
	"terms" jsonb NOT NULL,
	"instrument" text,
	"postings" jsonb NOT NULL,
	"reverses" text,
	"note" text,
	"written_at" timestamp (3) with time zone NOT NULL,
	"idempotency_key" text NOT NULL,
	"request_hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "portfolios" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"name" text NOT NULL,
	"tags" jsonb NOT NULL,
	"base_currency" text NOT NULL,
	"time_zone" text NOT NULL,
	"starts_on" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"transactions" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "portfolio_transactions" ADD CONSTRAINT "portfolio_transactions_portfolio_id_portfolios_id_fk" FOREIGN KEY ("portfolio_id") REFERENCES "public"."portfolios"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "portfolio_prices_day" ON "portfolio_prices" USING btree ("user_id","kind","of","into","on");--> statement-breakpoint
CREATE INDEX "portfolio_prices_entered_idx" ON "portfolio_prices" USING btree ("user_id","entered_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "portfolio_transactions_user_key" ON "portfolio_transactions" USING btree ("user_id","idempotency_key");--> statement-breakpoint
CREATE UNIQUE INDEX "portfolio_transactions_number" ON "portfolio_transactions" USING btree ("portfolio_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "portfolio_transactions_reverses" ON "portfolio_transactions" USING btree ("reverses");--> statement-breakpoint
CREATE INDEX "portfolio_transactions_at_idx" ON "portfolio_transactions" USING btree ("portfolio_id","at","id");--> statement-breakpoint
CREATE INDEX "portfolio_transactions_instrument_idx" ON "portfolio_transactions" USING btree ("portfolio_id","instrument");--> statement-breakpoint
CREATE INDEX "portfolios_user_idx" ON "portfolios" USING btree ("user_id","created_at","id");