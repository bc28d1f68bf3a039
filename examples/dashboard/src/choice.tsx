// One of a few in a list that folds.
export function Choice<Key extends string>({
  label,
  options,
  chosen,
  locked = false,
  onChoose,
}: {
  label: string;
  options: Record<Key, string>;
  chosen: Key;
  locked?: boolean;
  onChoose(key: Key): void;
}) {
  const keys = Object.keys(options) as Key[];
  return (
    <select
      aria-label={label}
      value={chosen}
      disabled={locked}
      onChange={({ target }) => onChoose(keys.find((key) => key === target.value) ?? chosen)}
    >
      {keys.map((key) => (
        <option key={key} value={key}>
          {options[key]}
        </option>
      ))}
    </select>
  );
}
