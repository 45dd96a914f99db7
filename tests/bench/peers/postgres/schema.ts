/**
 * One call is one transaction is one order. The order's number comes last before
 * the row, because whoever takes one keeps the counter locked until the commit is
 * durable: numbers without gaps cannot be had from a sequence.
 *
 * Room is left on the pages of the rows that change, so that they stay there (HOT).
 */
export const schema = `
CREATE TABLE product (
  name text PRIMARY KEY,
  price numeric(12, 2) NOT NULL,
  quantity integer NOT NULL CHECK (quantity >= 0)
) WITH (fillfactor = 20);

CREATE TABLE next_order (number bigint NOT NULL) WITH (fillfactor = 10);
INSERT INTO next_order VALUES (0);

CREATE TABLE purchase (
  number bigint PRIMARY KEY,
  name text NOT NULL,
  quantity integer NOT NULL
);

CREATE FUNCTION buy(wanted text, pieces integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  given bigint;
BEGIN
  UPDATE product SET quantity = quantity - pieces WHERE name = wanted AND quantity >= pieces;
  IF NOT FOUND THEN
    RETURN CASE WHEN EXISTS (SELECT FROM product WHERE name = wanted) THEN -1 END;
  END IF;
  UPDATE next_order SET number = number + 1 RETURNING number - 1 INTO given;
  INSERT INTO purchase VALUES (given, wanted, pieces);
  RETURN given;
END
$$;
`;
