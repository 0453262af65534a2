import { ToggleGroup } from 'radix-ui'
import { classNames } from '../../lib/class-names.ts'

interface ChoiceGroupProps<Value extends string> {
  label: string
  value: Value
  choices: readonly { value: Value; label: string; title?: string }[]
  onValue: (value: Value) => void
  className?: string
}

/** A few choices side by side, of which one is taken; arrow keys move between them. */
export function ChoiceGroup<Value extends string>({
  label,
  value,
  choices,
  onValue,
  className,
}: ChoiceGroupProps<Value>) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        const choice = choices.find((candidate) => candidate.value === next)
        if (choice) onValue(choice.value)
      }}
      className={classNames('inline-flex rounded-md border border-line bg-sunken p-0.5', className)}
    >
      {choices.map((choice) => (
        <ToggleGroup.Item
          key={choice.value}
          value={choice.value}
          title={choice.title}
          className="h-7 rounded-[0.3rem] px-2.5 font-medium text-ink-soft text-sm hover:text-ink data-[state=on]:bg-ink data-[state=on]:text-panel"
        >
          {choice.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}
