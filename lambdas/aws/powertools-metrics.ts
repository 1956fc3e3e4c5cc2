import { MetricUnit, type Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import type { Metrics } from '../core/ports.ts';

type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];
type Dimensions = Readonly<Record<string, string>>;

/**
 * Metrics by CloudWatch's embedded format. Each one is written at once: nobody has to flush, and a function that
 * times out has still counted what it did.
 */
export class PowertoolsMetrics implements Metrics {
  readonly #powertools: Powertools;

  /** `powertools` carries the namespace and, as default dimensions, those that alarms watch. */
  constructor(powertools: Powertools) {
    this.#powertools = powertools;
  }

  count(name: string, value = 1, dimensions?: Dimensions): void {
    this.#emit(name, MetricUnit.Count, value, dimensions);
  }

  duration(name: string, value: number, dimensions?: Dimensions): void {
    this.#emit(name, MetricUnit.Milliseconds, value, dimensions);
  }

  /** Extra dimensions make a second series; the one that alarms watch always gets the value too. */
  #emit(name: string, unit: Unit, value: number, dimensions: Dimensions | undefined): void {
    const metric = this.#powertools.singleMetric();
    if (dimensions !== undefined && Object.keys(dimensions).length > 0) {
      metric.addDimensions({}).addDimensions(dimensions);
    }
    metric.addMetric(name, unit, value);
  }
}
