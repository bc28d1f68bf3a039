// What stands below the fields of a form that was refused.
import { Problem, type ProblemText } from './problem.tsx';

/** What of a problem stands beside none of the fields of a form. */
export function Rest({ problem, beside }: { problem: ProblemText | undefined; beside: readonly string[] }) {
  if (!problem) return null;
  const others = Object.entries(problem.fields ?? {}).filter(([name]) => !beside.includes(name));
  if (problem.fields && others.length === 0) return null;
  return (
    <>
      <Problem problem={problem} />
      {others.length > 0 && (
        <ul className="told down">
          {others.map(([name, text]) => (
            <li key={name}>
              {name} {text}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
