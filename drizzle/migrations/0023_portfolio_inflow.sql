CREATE TABLE "portfolio_inflows" (
	"account_id" text PRIMARY KEY NOT NULL,
	"environment" text NOT NULL,
	"user_id" text NOT NULL,
	"name" text NOT NULL,
	"currency" text NOT NULL,
	"portfolio_id" text,
	"offset" bigint DEFAULT 0 NOT NULL,
	"broker_cash" numeric,
	"booked_cash" numeric DEFAULT '0' NOT NULL,
	"last_at" timestamp (3) with time zone
);
