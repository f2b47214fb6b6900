// A counter: a sample of everyday TSX.
import React, { useEffect, useState } from 'react';

interface Props {
  start?: number;
  onChange: (value: number) => void;
}

export function Counter({ start = 0, onChange }: Props) {
  const [value, setValue] = useState<number>(start);

  useEffect(() => {
    onChange(value);
    return () => console.log('gone');
  }, [value, onChange]);

  if (value > 10) {
    return <p className="full">Full: {value}</p>;
  }

  return (
    <div id="counter" {...{ role: 'group' }}>
      <button onClick={() => setValue(value + 1)} disabled={value >= 10}>
        Add one
      </button>
      {value > 0 && (
        <ul>
          {Array.from({ length: value }, (_, i) => (
            <li key={i}>{`item ${i}`}</li>
          ))}
        </ul>
      )}
      <>
        <input type="number" value={value} onChange={(e) => setValue(Number(e.target.value))} />
      </>
    </div>
  );
}

export const App: React.FC = () => {
  const numbers: number[] = [];
  return <Counter start={1} onChange={(n) => numbers.push(n)} />;
};
