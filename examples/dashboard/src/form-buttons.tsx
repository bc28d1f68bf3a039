// What stands below a form: its button, and the way out where there is one.
interface FormButtonsProps {
  busy: boolean;
  text: string;
  onCancel?: (() => void) | undefined;
  /** What stands on the way out. */
  way?: string | undefined;
}

export const FormButtons = ({ busy, text, onCancel, way = 'Cancel' }: FormButtonsProps) => (
  <div className="actions">
    <button type="submit" className="primary" aria-disabled={busy}>
      {text}
    </button>
    {onCancel && (
      <button type="button" onClick={onCancel}>
        {way}
      </button>
    )}
  </div>
);
