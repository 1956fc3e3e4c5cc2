import { iso } from '../mechanics/clock.ts';

export interface Stage {
  readonly id: string;
  label: string;
  readonly isClosed: boolean;
  readonly probability: string;
}

/** The deal pipelines of a portal. Labels can be renamed; ids never change. */
export interface DealPipeline {
  readonly id: string;
  label: string;
  readonly stages: readonly Stage[];
}

export function newDealPipelines(): DealPipeline[] {
  const stage = (id: string, label: string, probability: string): Stage => ({
    id,
    label,
    isClosed: probability === '1.0' || probability === '0.0',
    probability,
  });
  return [
    {
      id: 'default',
      label: 'Sales pipeline',
      stages: [
        stage('appointmentscheduled', 'Consultation booked', '0.2'),
        stage('qualifiedtobuy', 'Treatment plan sent', '0.4'),
        stage('contractsent', 'Deposit requested', '0.8'),
        stage('closedwon', 'Won', '1.0'),
        stage('closedlost', 'Lost', '0.0'),
      ],
    },
    {
      id: '71439002',
      label: 'Wedding parties',
      stages: [
        stage('139001201', 'Enquiry', '0.1'),
        stage('139001202', 'Trial done', '0.6'),
        stage('139001203', 'Booked', '1.0'),
        stage('139001204', 'Went elsewhere', '0.0'),
      ],
    },
  ];
}

export function findStage(pipelines: readonly DealPipeline[], id: string | null | undefined): Stage | undefined {
  return pipelines.flatMap(({ stages }) => stages).find((stage) => stage.id === id);
}

/** A pipeline as the API shows it. */
export function renderPipeline(pipeline: DealPipeline, position: number) {
  const dates = { createdAt: iso(Date.UTC(2023, 0, 9)), updatedAt: iso(Date.UTC(2026, 1, 2)), archived: false };
  return {
    id: pipeline.id,
    label: pipeline.label,
    displayOrder: position,
    ...dates,
    stages: pipeline.stages.map(({ id, label, isClosed, probability }, order) => ({
      id,
      label,
      displayOrder: order,
      metadata: { isClosed: String(isClosed), probability },
      writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT',
      ...dates,
    })),
  };
}
