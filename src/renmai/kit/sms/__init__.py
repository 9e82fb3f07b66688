"""Text messages: a row in the transaction that causes it, sent by a job. The demo shows the rows at /outbox."""
