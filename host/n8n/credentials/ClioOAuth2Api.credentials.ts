import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** Where the account lives: one of Clio's regions, or a sandbox. */
const ORIGIN = '$self["region"] === "sandbox" ? $self["origin"] : $self["region"]';

export class ClioOAuth2Api implements ICredentialType {
	name = 'clioOAuth2Api';

	extends = ['oAuth2Api'];

	displayName = 'Clio OAuth2 API';

	icon: Icon = { light: 'file:../nodes/Clio/clio.svg', dark: 'file:../nodes/Clio/clio.dark.svg' };

	documentationUrl = 'https://github.com/example/clio-actions/tree/main/host/n8n#credential';

	properties: INodeProperties[] = [
		{
			displayName: 'Region',
			name: 'region',
			type: 'options',
			options: [
				{ name: 'Australia (au.app.clio.com)', value: 'https://au.app.clio.com' },
				{ name: 'Canada (ca.app.clio.com)', value: 'https://ca.app.clio.com' },
				{ name: 'Europe (eu.app.clio.com)', value: 'https://eu.app.clio.com' },
				{ name: 'Sandbox on This Machine', value: 'sandbox' },
				{ name: 'United States (app.clio.com)', value: 'https://app.clio.com' },
			],
			default: 'https://app.clio.com',
			description: 'Where the account lives. A token is valid only there.',
		},
		{
			displayName: 'Origin of the Sandbox',
			name: 'origin',
			type: 'string',
			default: '',
			placeholder: 'http://127.0.0.1:8080',
			displayOptions: { show: { region: ['sandbox'] } },
			description: 'What <code>clio sandbox</code> printed as its origin. Only this machine is taken.',
		},
		{ displayName: 'Grant Type', name: 'grantType', type: 'hidden', default: 'authorizationCode' },
		{ displayName: 'Authorization URL', name: 'authUrl', type: 'hidden', default: `={{${ORIGIN}}}/oauth/authorize` },
		{ displayName: 'Access Token URL', name: 'accessTokenUrl', type: 'hidden', default: `={{${ORIGIN}}}/oauth/token` },
		{ displayName: 'Scope', name: 'scope', type: 'hidden', default: '' },
		{ displayName: 'Auth URI Query Parameters', name: 'authQueryParameters', type: 'hidden', default: '' },
		{ displayName: 'Authentication', name: 'authentication', type: 'hidden', default: 'body' },
	];
}
