CREATE TABLE "signal_receipts" (
	"signal_id" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"outcome" text,
	CONSTRAINT "signal_receipts_signal_id_idempotency_key_pk" PRIMARY KEY("signal_id","idempotency_key")
);
--> statement-breakpoint
CREATE TABLE "signals" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"account_id" text NOT NULL,
	"environment" text NOT NULL,
	"secret_hash" text NOT NULL,
	"name" text NOT NULL,
	"scopes" text[] NOT NULL,
	"epics" text[] NOT NULL,
	"max_size" numeric NOT NULL,
	"per_minute" integer NOT NULL,
	"per_day" integer NOT NULL,
	"window_seconds" integer NOT NULL,
	"dry_run" boolean NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"last_taken_at" timestamp (3) with time zone,
	"last_refused_at" timestamp (3) with time zone,
	"last_refusal" text,
	"told_since" timestamp (3) with time zone,
	"told" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "signal_receipts" ADD CONSTRAINT "signal_receipts_signal_id_signals_id_fk" FOREIGN KEY ("signal_id") REFERENCES "public"."signals"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signals" ADD CONSTRAINT "signals_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signals" ADD CONSTRAINT "signals_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "signal_receipts_at_idx" ON "signal_receipts" USING btree ("signal_id","at");--> statement-breakpoint
CREATE INDEX "signal_receipts_open_idx" ON "signal_receipts" USING btree ("outcome","at");--> statement-breakpoint
CREATE INDEX "signals_user_idx" ON "signals" USING btree ("user_id","created_at","id");