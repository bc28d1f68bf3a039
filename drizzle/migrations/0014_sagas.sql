CREATE TABLE "dealing_switches" (
	"scope" text NOT NULL,
	"subject" text NOT NULL,
	"dealing_state" text NOT NULL,
	"epoch" bigint DEFAULT 0 NOT NULL,
	"by" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"reason" text,
	CONSTRAINT "dealing_switches_scope_subject_pk" PRIMARY KEY("scope","subject")
);
--> statement-breakpoint
CREATE TABLE "dead_men" (
	"account_id" text PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"action" text NOT NULL,
	"after_ms" integer NOT NULL,
	"armed_at" timestamp (3) with time zone NOT NULL,
	"fires_at" timestamp (3) with time zone NOT NULL,
	"fired_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "saga_legs" (
	"saga_id" text NOT NULL,
	"index" integer NOT NULL,
	"kind" text NOT NULL,
	"deal_id" text NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "saga_legs_saga_id_index_pk" PRIMARY KEY("saga_id","index")
);
--> statement-breakpoint
CREATE TABLE "sagas" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"account_id" text NOT NULL,
	"environment" text NOT NULL,
	"kind" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"request_hash" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"looks" integer DEFAULT 0 NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"left" jsonb
);
--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "reduce_only" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "switched_by" text;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "switched_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "account_risk" ADD COLUMN "switch_reason" text;--> statement-breakpoint
ALTER TABLE "dead_men" ADD CONSTRAINT "dead_men_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saga_legs" ADD CONSTRAINT "saga_legs_saga_id_sagas_id_fk" FOREIGN KEY ("saga_id") REFERENCES "public"."sagas"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sagas" ADD CONSTRAINT "sagas_account_id_broker_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."broker_accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dead_men_due_idx" ON "dead_men" USING btree ("fires_at") WHERE fired_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "sagas_user_key" ON "sagas" USING btree ("user_id","idempotency_key");--> statement-breakpoint
CREATE INDEX "sagas_running_idx" ON "sagas" USING btree ("account_id","kind") WHERE ended_at is null;