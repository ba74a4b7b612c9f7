-- A refund or reversal that came before its order or event is applied when that arrives, and is published under the correlation
-- of its own cause.
alter table refunds add column correlation_id text, add column traceparent text;
alter table order_progress add column correlation_id text, add column traceparent text;
alter table early_reversals add column correlation_id text, add column traceparent text;
