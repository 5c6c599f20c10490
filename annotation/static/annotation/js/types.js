/**
 * Shapes that the labelling modules share. Types only: nothing here runs.
 *
 * @typedef {{id: string, duration_ms: number, audio_url: string, peaks_url: string, spectrogram_url: string, intended?: Label}} ClipRef
 * @typedef {{id: string, clip: ClipRef, expires_at: string}} Assignment
 * @typedef {{esc: string, eis: number | null}} Label
 * @typedef {{labels: Label[], secondary?: string[], extras?: Record<string, number>, confidence?: number | null, flags?: string[], comment?: string}} Answer
 * @typedef {Answer & {scheme?: string, listened_ms: number, replays: number}} Judgement
 * @typedef {{version: number, samples_per_peak: number, sample_rate_hz: number, bits?: number, duration_ms: number, data: number[]}} Peaks
 * @typedef {{id: string, assignment: string, clip: string, labels: Label[], counted: boolean}} Stored
 * @typedef {{code: string, detail: string, errors?: {field: string, code: string, detail: string}[]}} Problem
 */
export {};
