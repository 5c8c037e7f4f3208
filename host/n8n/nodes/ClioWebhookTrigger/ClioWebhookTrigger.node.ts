import type { IHookFunctions, INodeType, INodeTypeDescription, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { failure } from '../shared/failure';
import { webhooks } from '../shared/generated/triggers';
import { received } from './delivery';
import { ensure, remove, stands } from './subscription';

export class ClioWebhookTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Clio Webhook Trigger',
		name: 'clioWebhookTrigger',
		icon: { light: 'file:../Clio/clio.svg', dark: 'file:../Clio/clio.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["model"]}}',
		description: 'Starts the workflow when a record of Clio Manage is created, updated or deleted',
		defaults: { name: 'Clio Webhook Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'clioOAuth2Api', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
		properties: webhooks.properties,
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await stands(this).catch((error) => {
					throw failure(this.getNode(), error);
				});
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return await ensure(this).catch((error) => {
					throw failure(this.getNode(), error);
				});
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await remove(this).catch((error) => {
					throw failure(this.getNode(), error);
				});
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await received(this);
	}
}
